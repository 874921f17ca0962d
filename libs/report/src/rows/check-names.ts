/** What each check of verify looks at, for somebody who has not read its code. */
export const CHECK_NAMES: Readonly<Record<string, string>> = {
  archive: 'The archive is whole, and says the same to every reader',
  identity: 'Name, version and variant are the same wherever they are written',
  metadata: 'Indexes take its metadata, and nothing in it is of another build',
  record: 'RECORD lists each file with its digest, and no other',
  platform: 'Every library runs on the systems that the file name promises',
  abi3: 'It calls nothing of Python beyond the stable ABI that its name promises',
  size: 'It fits the limits of the package index',
  'kernel-module': 'It has the one kernel module that its level loads',
  'level-cap': 'Every question of its Python about the CPU is answered by the level',
  'instruction-sets': 'No instruction beyond the level, each promised instruction set used',
  import: 'Installed with pip into a new environment, imported, computed with',
};

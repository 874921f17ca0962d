/** What each check of verify examines, for readers of a report. */
export const CHECK_NAMES: Readonly<Record<string, string>> = {
  archive: 'The ZIP archive is complete and unambiguous',
  identity: 'Name, version and variant agree everywhere in the wheel',
  metadata: 'The metadata is valid for package indexes and belongs to this build',
  record: 'RECORD lists every file with its digest',
  platform: 'The libraries run on every system that the platform tag promises',
  abi3: 'It uses only the stable Python ABI that its tag promises',
  size: 'It is within the size limits of the package index',
  'kernel-module': 'It contains the kernel modules that its level loads',
  'level-cap': 'Every CPU query of its Python code is limited to the level',
  'instruction-sets': 'No instruction beyond the level; every promised instruction set is used',
  import: 'Installed with pip into a new virtual environment, imported, and a kernel run',
};

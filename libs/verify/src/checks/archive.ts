import { error, judged } from '../check.ts';
import type { Check, Finding } from '../check.ts';

/** The ZIP file itself: structure, headers, sizes and CRC of every entry were read without fault. */
export const archiveCheck: Check = {
  name: 'archive',
  programs: [],
  run: async ({ facts }) => {
    const findings: Finding[] = facts.archiveFaults.map((fault) =>
      error(
        facts.fileName,
        [fault.what.replace(`${facts.path}: `, ''), fault.why].filter(Boolean).join('; '),
      ),
    );
    for (const file of facts.files.filter(({ hasDataDescriptor }) => hasDataDescriptor)) {
      findings.push(error(file.name, 'its sizes follow its data, which the package index refuses'));
    }
    return judged(`${facts.files.length} entries`, findings);
  },
};

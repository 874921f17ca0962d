import { error, judged, note, warning } from '../check.ts';
import type { Check, Finding } from '../check.ts';

/** PyPI's default limit for one file. */
const SIZE_LIMIT = 100 * 1024 * 1024;
const WARN_FROM = 0.8;
const SHOWN = 10;

/** The package index takes the file, and it carries no debug information. */
export const sizeCheck: Check = {
  name: 'size',
  programs: [],
  run: async ({ facts }) => {
    const findings: Finding[] = [];
    const percent = Math.round((facts.size / SIZE_LIMIT) * 100);
    const figure = `${mebibytes(facts.size)} (${percent} % of 100 MiB)`;
    if (facts.size > SIZE_LIMIT) {
      findings.push(error(facts.fileName, `${figure}: over what the package index takes`));
    } else if (facts.size > WARN_FROM * SIZE_LIMIT) {
      findings.push(warning(facts.fileName, `${figure}: close to what the package index takes`));
    }
    for (const module of facts.modules) {
      const bytes = module.debugSections.reduce((sum, { size }) => sum + size, 0);
      if (bytes === 0) continue;
      const names = module.debugSections.map(({ name }) => name).join(', ');
      findings.push(error(module.name, `${mebibytes(bytes)} of debug sections: ${names}`));
    }
    const largest = [...facts.files].sort((a, b) => b.compressedSize - a.compressedSize);
    for (const file of largest.slice(0, SHOWN)) {
      const sizes = `${mebibytes(file.compressedSize)} compressed, ${mebibytes(file.size)}`;
      findings.push(note(file.name, sizes));
    }
    return judged(figure, findings);
  },
};

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 1024 * 1024 ? 2 : 1)} MiB`;
}

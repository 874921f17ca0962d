import { VllmCpuError } from '../system/errors.ts';

/**
 * Requires-Dist without the local part of PyTorch's CPU index: `torch==2.9.1+cpu` exists only
 * there, `torch==2.9.1` is satisfied by it as well (PEP 440). Markers and everything else stay.
 * @throws VllmCpuError REQUIREMENT_IS_URL, which package indexes refuse.
 */
export function publicRequirements(requirements: readonly string[]): string[] {
  return requirements.map((requirement) => {
    const [needed = '', ...marker] = requirement.split(';');
    if (/^\s*[\w.-]+\s*(?:\[[^\]]*\])?\s*@/.test(needed)) {
      throw new VllmCpuError({
        code: 'REQUIREMENT_IS_URL',
        what: `upstream requires ${needed.trim()}`,
        why: 'Package indexes refuse a wheel that requires a URL.',
        next: 'Add a source edit to the pin of this release that names a version instead.',
      });
    }
    return [needed.replace(/(==\s*[0-9][0-9A-Za-z.!]*)\+cpu\b/g, '$1'), ...marker].join(';');
  });
}

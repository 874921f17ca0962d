import { VllmCpuError } from '@vllm-cpu/system/errors';
import { normalizeProjectName } from '@vllm-cpu/wheel/file-name';

/** Upstream's Requires-Dist, as an index accepts it and as it does not. */
export interface SplitRequirements {
  /** What the published wheel requires. */
  kept: string[];
  /** Requirements by URL that are left out, as upstream wrote them. */
  dropped: string[];
}

/**
 * Requires-Dist without the local part of PyTorch's CPU index: `torch==2.9.1+cpu` exists only
 * there, `torch==2.9.1` is satisfied by it as well (PEP 440). Requirements by URL, which indexes
 * refuse, are dropped where the pin names them. Markers and everything else stay.
 * @throws VllmCpuError REQUIREMENT_IS_URL, DIRECT_REFERENCE_MISSING
 */
export function publicRequirements(
  requirements: readonly string[],
  directReferences: readonly string[] = [],
): SplitRequirements {
  const split: SplitRequirements = { kept: [], dropped: [] };
  const droppable = new Set(directReferences.map(normalizeProjectName));
  const seen = new Set<string>();
  for (const requirement of requirements) {
    const name = nameOfUrl(requirement);
    if (name === undefined) split.kept.push(withoutLocal(requirement));
    else if (!droppable.has(name)) throw requirementIsUrl(requirement, name);
    else {
      split.dropped.push(requirement);
      seen.add(name);
    }
  }
  const missing = [...droppable].filter((name) => !seen.has(name));
  if (missing.length > 0) throw missingReference(missing);
  return split;
}

/** The project of a direct reference (PEP 508), normalised; undefined for any other requirement. */
function nameOfUrl(requirement: string): string | undefined {
  const name = /^\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*@/.exec(requirement)?.[1];
  return name === undefined ? undefined : normalizeProjectName(name);
}

function withoutLocal(requirement: string): string {
  const [needed = '', ...marker] = requirement.split(';');
  return [needed.replace(/(==\s*[0-9][0-9A-Za-z.!]*)\+cpu\b/g, '$1'), ...marker].join(';');
}

function requirementIsUrl(requirement: string, name: string): VllmCpuError {
  return new VllmCpuError({
    code: 'REQUIREMENT_IS_URL',
    what: `upstream requires ${requirement.trim()}`,
    why: 'Package indexes reject wheels that require a URL.',
    next: `If vLLM runs without it, add ${JSON.stringify(name)} to "directReferences" of this release's pin; otherwise add a source edit that replaces it by a version.`,
  });
}

function missingReference(names: readonly string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'DIRECT_REFERENCE_MISSING',
    what: `upstream does not require ${names.join(', ')} by URL`,
    why: 'The pin lists it in "directReferences".',
    next: 'Pin the release again: npx nx run upstream:pin --releases=<version>',
  });
}

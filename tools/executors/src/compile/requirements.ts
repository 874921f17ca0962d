/** A line of a pip requirements file that names a package. */
export interface Requirement {
  /** PEP 503 normalised. */
  name: string;
  line: string;
}

/**
 * The packages that a requirements file names for this machine. Lines for another machine are left out;
 * upstream's markers are of the form `platform_machine == "..."`, joined by `or`.
 */
export function parseRequirements(text: string, machine: string): Requirement[] {
  const requirements: Requirement[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    if (!line || line.startsWith('-')) continue;
    const [spec = '', marker] = line.split(';', 2).map((part) => part.trim());
    const name = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(spec)?.[0];
    if (!name || (marker && !appliesTo(marker, machine))) continue;
    requirements.push({ name: name.toLowerCase().replace(/[-_.]+/g, '-'), line });
  }
  return requirements;
}

function appliesTo(marker: string, machine: string): boolean {
  return marker.split(/\bor\b/).some((alternative) => {
    const equal = /platform_machine\s*==\s*["'](\w+)["']/.exec(alternative);
    if (equal) return equal[1] === machine;
    const differs = /platform_machine\s*!=\s*["'](\w+)["']/.exec(alternative);
    if (differs) return differs[1] !== machine;
    return !/platform_system\s*==\s*["'](Darwin|Windows)["']/.test(alternative);
  });
}

import { TORCH_CPU_INDEX } from '../requirements/torch-cpu-index.ts';

/** What the description of a wheel says beside the variant's README. */
export interface DescriptionFacts {
  distribution: string;
  /** Upstream's version. */
  release: string;
  /** Distribution with the same machine code at this release. */
  equivalentTo?: string | undefined;
}

/**
 * The long description: the README, the install line before any other code, and, where the pin
 * records an equivalence, a sentence that says so directly after it.
 */
export function descriptionOf(readme: string, facts: DescriptionFacts): string {
  const text = withInstallLine(readme.replaceAll('\r\n', '\n').trimEnd(), facts.distribution);
  if (facts.equivalentTo === undefined) return `${text}\n`;
  const sentence =
    `> **At vLLM ${facts.release} this package and \`${facts.equivalentTo}\` contain the same ` +
    'machine code:** this release of vLLM has nothing that tells the two levels apart. ' +
    'Either one may be installed.';
  const end = endOfFirstBlock(text);
  return `${text.slice(0, end)}\n\n${sentence}\n${text.slice(end)}\n`;
}

function withInstallLine(text: string, distribution: string): string {
  const line = new RegExp(`^pip install ${distribution}(?![\\w-])`, 'm');
  if (line.test(firstBlock(text))) return text;
  const block = [
    '```sh',
    `pip install ${distribution} --extra-index-url ${TORCH_CPU_INDEX}`,
    '```',
  ];
  const title = /^# [^\n]*(?:\n|$)/.exec(text)?.[0] ?? `# ${distribution}\n`;
  const rest = text.startsWith(title) ? text.slice(title.length) : text;
  return `${title.trimEnd()}\n\n${block.join('\n')}\n\n${rest.replace(/^\n+/, '')}`;
}

const BLOCK = /^```[^\n]*\n[\s\S]*?^```[ \t]*$/m;

function firstBlock(text: string): string {
  return BLOCK.exec(text)?.[0] ?? '';
}

function endOfFirstBlock(text: string): number {
  const found = BLOCK.exec(text);
  return found ? found.index + found[0].length : text.length;
}

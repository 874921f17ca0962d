import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';

/** What the description of a wheel says beside the variant's README. */
export interface DescriptionFacts {
  distribution: string;
  /** Upstream's version. */
  release: string;
  /** Distribution with the same machine code at this release. */
  equivalentTo?: string | undefined;
  /** Upstream's requirements by URL that the wheel does not have. */
  droppedRequirements: readonly string[];
}

/**
 * The long description: the README, the install line before any other code, and directly after it
 * what is particular to this release: a recorded equivalence, and requirements that were dropped.
 */
export function descriptionOf(readme: string, facts: DescriptionFacts): string {
  const text = withInstallLine(readme.replaceAll('\r\n', '\n').trimEnd(), facts.distribution);
  const notes = [...equivalence(facts), ...dropped(facts)];
  if (notes.length === 0) return `${text}\n`;
  const end = endOfFirstBlock(text);
  return `${text.slice(0, end)}\n\n${notes.join('\n\n')}${text.slice(end)}\n`;
}

function equivalence({ release, equivalentTo }: DescriptionFacts): string[] {
  if (equivalentTo === undefined) return [];
  return [
    `> **At vLLM ${release} this package and \`${equivalentTo}\` contain the same ` +
      'machine code:** this release of vLLM has nothing that tells the two levels apart. ' +
      'Either one may be installed.',
  ];
}

/** How to add what an index lets no wheel require; pip passes over lines for other Pythons. */
function dropped({ release, droppedRequirements }: DescriptionFacts): string[] {
  if (droppedRequirements.length === 0) return [];
  const names = droppedRequirements.map((line) => /^[\w.-]+/.exec(line.trim())?.[0] ?? '');
  const named = [...new Set(names)].map((name) => `\`${name}\``).join(' and ');
  const lines = droppedRequirements.map((line) => `pip install '${line.trim()}'`);
  return [
    `> **vLLM ${release} requires ${named} by URL,** which package indexes refuse, so this ` +
      'package does not. vLLM runs without it, using its own kernels. To add it:',
    ['```sh', ...lines, '```'].join('\n'),
  ];
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

import type { PinResult } from '@vllm-cpu/pin/write-pin';
import { checkOut, commitPins, pushPins } from '../../programs/git.ts';
import { createPullRequest, startWorkflow } from '../../actions/github.ts';
import { markdownTable } from '../../actions/github-files.ts';

export function branchOf(version: string): string {
  return `pin/${version}`;
}

/** Puts one pin on a branch of its own and opens a pull request; ends at the commit `start`. */
export async function proposePin(pin: PinResult, start: string, base: string): Promise<void> {
  const head = branchOf(pin.name);
  const title = `feat(upstream): pin ${pin.name}`;
  await commitPins(title, [pin.name]);
  await pushPins(`HEAD:refs/heads/${head}`);
  await checkOut(start);
  try {
    const url = await createPullRequest({ head, base, title, body: bodyOf(pin) });
    console.log(`pull request: ${url}`);
  } catch (error) {
    // A branch without a pull request would count as proposed.
    await pushPins('--delete', head);
    throw error;
  }
  // GitHub starts no workflow for what a workflow's own token did, except when it is asked to.
  await startWorkflow('ci.yml', head);
}

function bodyOf({ name, pin: { source }, notes }: PinResult): string {
  const facts: Record<string, string> = {
    ...(source.sdist ? { 'SHA-256': source.sdist.sha256 } : { commit: source.commit ?? 'none' }),
    'x86-64 modules': source.modules?.['linux-x86_64'].map((each) => each.name).join(', ') ?? '_C',
    torch: source.torch['linux-x86_64'] ?? 'none',
    oneDNN: source.oneDnn?.tag ?? 'none',
    Python: source.requiresPython,
    'instruction-set switches': source.isaInputs.join(', ') || 'none',
  };
  const rows = Object.entries(facts).map(([what, value]) => ({ what, value: `\`${value}\`` }));
  return [
    `Upstream released ${name}. This pin was read from its own files.`,
    markdownTable(rows),
    ...notes.map((note) => `- ${note}`),
    `Merging it starts the release: the pin is active. \`npx nx run wheels:plan --releases=${name}\` on this branch says what a build would do.`,
  ].join('\n\n');
}

import { VllmCpuError } from '@vllm-cpu/system/errors';
import { tellError } from './actions/annotate.ts';
import type { Step } from './step.ts';
import { STEPS } from './steps/registry.ts';

/** The command line: a step's name and its options. Answers the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = '--help', ...options] = args;
  if (name === '--help') {
    console.log(await usage());
    return args.length === 0 ? 2 : 0;
  }
  try {
    return await (await stepNamed(name)).run(options, process.env);
  } catch (error) {
    if (!(error instanceof VllmCpuError)) throw error;
    tellError(error);
    return 1;
  }
}

async function stepNamed(name: string): Promise<Step> {
  const load = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
  if (load) return load();
  throw new VllmCpuError({
    code: 'STEP_UNKNOWN',
    what: `unknown step ${JSON.stringify(name)}`,
    next: `Use one of ${Object.keys(STEPS).join(', ')}.`,
  });
}

async function usage(): Promise<string> {
  const steps = await Promise.all(Object.values(STEPS).map((load) => load()));
  const width = Math.max(...steps.map((step) => step.name.length));
  const rows = steps.map((step) => `  ${step.name.padEnd(width)}  ${step.about}`);
  return ['Usage: node tools/ci/bin/ci.mjs <step> [options]', '', ...rows].join('\n');
}

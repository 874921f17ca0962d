import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import type { Finished, Runner } from '@vllm-cpu/system/run';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { error, judged, notRun } from '../check.ts';
import type { Finding, Outcome } from '../check.ts';
import { makeChildEnvironment, THE_FILE_ITSELF } from '../child-environment.ts';
import { whyNotInstalled } from './why-not-installed.ts';

const SCRIPT = join(import.meta.dirname, 'infer.py');
const MINUTE = 60_000;
/** Enough for the cause that Python prints before the exception that it led to. */
const LAST_LINES = 40;

export interface InferenceRequest {
  /** Absolute. */
  wheel: string;
  /** The interpreter that the environment is made with. */
  python: string;
  /** Lets the environment see that interpreter's packages: where torch is one of them. */
  systemSitePackages: boolean;
  /** Index of PyTorch's CPU builds, beside the one that pip is configured with. */
  torchIndex: string;
  /** pip's constraints file, absolute: an old release takes newer dependencies than it can use. */
  constraints?: string | undefined;
  /** How many tokens each prompt is to be answered with. */
  tokens: number;
  runner: Runner;
  /** For pip; what generates gets no network settings of it. */
  env: Readonly<Record<string, string>>;
  workDir: string;
  report: (line: string) => void;
}

const resultSchema = z.strictObject({
  vllm: z.string().nullable(),
  torch: z.string().nullable(),
  vocabulary: z.int().min(1),
  prompts: z.int().min(1),
  runs: z.array(z.array(z.array(z.int()))).length(2),
});

export type InferenceResult = z.infer<typeof resultSchema>;

/**
 * Installs the wheel with its dependencies into a fresh environment and generates text with a small
 * model that is made there. An index that does not have the dependencies is not a fault of the wheel: not
 * run, with the reason.
 */
export async function infer(request: InferenceRequest): Promise<Outcome> {
  const { runner, report, tokens } = request;
  return withTemporaryFolder(join(request.workDir, 'infer-'), async (folder) => {
    report('installing the wheel and its dependencies; torch alone is some 200 MB');
    const failed = await install(request, folder);
    if (failed) {
      const reason = whyNotInstalled(failed);
      return reason ? notRun(reason) : judged('not installed', [error('pip', tail(failed))]);
    }
    report('generating with a small random model');
    const finished = await runner.try({
      argv: [join(folder, 'bin', 'python'), SCRIPT, folder, String(tokens)],
      cwd: folder,
      env: generatingEnvironment(request.env, folder),
      timeout: 20 * MINUTE,
    });
    if (finished.exitCode !== 0) {
      return judged('no text', [error('vllm', `${ending(finished)}\n${tail(finished)}`)]);
    }
    const file = join(folder, 'result.json');
    return judgeInference(parseJson(await readFile(file, 'utf8'), resultSchema, file), tokens);
  });
}

/** Makes the environment; what pip said where it failed. */
async function install(request: InferenceRequest, folder: string): Promise<Finished | undefined> {
  const { runner, env } = request;
  const python = await makeChildEnvironment({ ...request, folder });
  for (const words of installCommands(request)) {
    const installed = await runner.try({ argv: [python, ...words], env, timeout: 60 * MINUTE });
    if (installed.exitCode !== 0) return installed;
  }
  return undefined;
}

/** The wheel, and then what it requires. */
export function installCommands(
  request: Pick<InferenceRequest, 'wheel' | 'torchIndex' | 'constraints'>,
): string[][] {
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '2'];
  const bounds = request.constraints ? ['--constraint', request.constraints] : [];
  const index = ['--extra-index-url', request.torchIndex];
  return [THE_FILE_ITSELF, [...bounds, ...index]].map((words) => [
    ...['-m', 'pip', 'install', ...quiet, ...words, request.wheel],
  ]);
}

/** Nothing is downloaded, nothing is reported home, and one process does it all. */
function generatingEnvironment(
  env: Readonly<Record<string, string>>,
  folder: string,
): Record<string, string> {
  return {
    PATH: `${join(folder, 'bin')}:${env['PATH'] ?? ''}`,
    HOME: folder,
    TMPDIR: folder,
    LC_ALL: 'C.UTF-8',
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    VLLM_NO_USAGE_STATS: '1',
    VLLM_ENABLE_V1_MULTIPROCESSING: '0',
    // GiB
    VLLM_CPU_KVCACHE_SPACE: '1',
  };
}

/** The asked number of tokens, each of the vocabulary, and the same ones twice at temperature 0. */
export function judgeInference(result: InferenceResult, tokens: number): Outcome {
  const findings: Finding[] = [];
  for (const [run, answers] of result.runs.entries()) {
    const place = `run ${run + 1}`;
    if (answers.length !== result.prompts) {
      findings.push(error(place, `${answers.length} answers to ${result.prompts} prompts`));
    }
    for (const [prompt, ids] of answers.entries()) {
      const where = `${place}, prompt ${prompt + 1}`;
      if (ids.length !== tokens) {
        findings.push(error(where, `${ids.length} tokens, ${tokens} were asked for`));
      }
      const alien = ids.find((id) => id < 0 || id >= result.vocabulary);
      if (alien !== undefined) findings.push(error(where, `${alien} is not in the vocabulary`));
    }
  }
  const [first, second] = result.runs.map((run) => JSON.stringify(run));
  if (first !== second) {
    findings.push(error('temperature 0', `gave ${first}, then ${second}`));
  }
  const versions = `vllm ${result.vllm ?? '?'}, torch ${result.torch ?? '?'}`;
  return judged(`${result.prompts} prompts of ${tokens} tokens, twice; ${versions}`, findings);
}

function ending({ exitCode, signal }: Finished): string {
  if (signal) return `it was ended by ${signal}`;
  return `it ended with exit status ${exitCode}`;
}

function tail({ stdout, stderr }: Finished): string {
  return `${stdout}\n${stderr}`.trim().split('\n').slice(-LAST_LINES).join('\n');
}

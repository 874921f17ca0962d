import { mkdir } from 'node:fs/promises';
import { createRunner } from '@vllm-cpu/system/run';
import type { Finished } from '@vllm-cpu/system/run';

/** What `python -m vllm.selfcheck` prints. */
export interface SelfCheck {
  ok: boolean;
  kernels: Record<string, { path: string; max_error: number | null }>;
}

export interface InstalledSample {
  /** Runs `code` with the wheel's vllm; `within` are the words of a command that runs Python. */
  python(code: string, within?: readonly string[]): Promise<Finished>;
}

const PATH = process.env['PATH'] ?? '';
const runner = createRunner();

/** Installs a wheel of the embedded upstream with pip into the new folder `target`. */
export async function installSample(wheel: string, target: string): Promise<InstalledSample> {
  await mkdir(target, { recursive: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-index', '--target', target];
  await runner.run({ argv: ['python3', ...pip, wheel], env: { PATH, HOME: target } });
  const interpreter = await pythonOnPath();
  return {
    python: (code, within = []) => {
      const [program = interpreter, ...words] = [...within, interpreter, '-c', code];
      return runner.try({
        argv: [program, ...words],
        env: { PATH, HOME: target, PYTHONPATH: target, PYTHONDONTWRITEBYTECODE: '1' },
      });
    },
  };
}

/** The program itself: what is on PATH can be a script that an emulator cannot run. */
async function pythonOnPath(): Promise<string> {
  const ask = 'import os, sys; print(os.path.realpath(sys.executable))';
  const { stdout } = await runner.run({ argv: ['python3', '-c', ask], env: { PATH } });
  return stdout.trim();
}

import { copyFileSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { markdownTable, summarize } from '../../actions/github-files.ts';
import { runNx } from '../../programs/nx.ts';
import { capture } from '../../programs/processes.ts';
import { ROOT } from '../../root.ts';
import { defineStep } from '../../step.ts';
import { emptyFolderOf, stage, theWheelIn } from '../../wheels/wheel-jobs.ts';

interface Wheel {
  variant: string;
  release: string;
}

/** Builds one wheel of a release run and leaves it, with its manifest, in dist/ci/built. */
export const buildWheel = defineStep(
  {
    name: 'build-wheel',
    about: 'Builds one wheel into dist/ci/built.',
    inputs: {
      id: { about: "name of the wheel's artifacts", required: true },
      variant: { about: 'short name of the variant', required: true },
      release: { about: "name of the release's pin", required: true },
      suffix: { about: 'suffix of the published version; default: none' },
      python: {
        about: 'Python to build for, where the extension is not abi3, for example 3.12',
      },
    },
  },
  (wheel) =>
    stage('build', wheel.id, async () => {
      const path = wheel.python ? await pathWith(wheel.python) : process.env['PATH'];
      const { status, error } = await runNx(
        ['run', `variant-${wheel.variant}:build-${wheel.release}`, '--output-style=stream'],
        { PATH: path, VLLM_CPU_SUFFIX: wheel.suffix },
      );
      if (status !== 0) throw notBuilt(wheel, error ?? `exit status ${status}`);
      const built = take(wheel);
      summarize(`## Built\n\n${markdownTable([built])}`);
      return built;
    }),
);

/** PATH with a folder before it in which that Python is `python3`: the first one that builds try. */
async function pathWith(python: string): Promise<string> {
  const code = 'import sys; print(sys.executable)';
  const { status, printed } = await capture([`python${python}`, '-c', code]);
  if (status !== 0) {
    throw new VllmCpuError({
      code: 'PYTHON_MISSING',
      what: `python${python} not found`,
      why: 'This wheel is for one Python version and must be built with it.',
      next: `Put python${python} on PATH. The manylinux images contain all versions.`,
    });
  }
  const folder = mkdtempSync(join(tmpdir(), 'vllm-cpu-python-'));
  symlinkSync(printed.trim(), join(folder, 'python3'));
  return [folder, process.env['PATH']].join(delimiter);
}

const manifestSchema = z.looseObject({ wheel: z.looseObject({ sha256: z.string() }) });

function take({ variant, release }: Wheel): { file: string; sha256: string } {
  const from = join(ROOT, 'dist', `variant-${variant}`, release, 'build');
  const wheel = theWheelIn(from, 'See the log above.');
  const to = emptyFolderOf('built');
  copyFileSync(wheel, join(to, basename(wheel)));
  const manifest = join(from, 'manifest.json');
  copyFileSync(manifest, join(to, `${basename(wheel)}.manifest.json`));
  const { sha256 } = parseJson(readFileSync(manifest, 'utf8'), manifestSchema, manifest).wheel;
  return { file: basename(wheel), sha256 };
}

function notBuilt({ variant, release }: Wheel, reason: string): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_NOT_BUILT',
    what: `failed to build ${variant} ${release}: ${reason}`,
    why: 'See the log above; it names the full compile log.',
    next: `Run it locally: npx nx run variant-${variant}:build-${release}`,
  });
}

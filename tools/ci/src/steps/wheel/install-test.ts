import { basename, join } from 'node:path';
import { chosenItems } from '@vllm-cpu/commands/chosen';
import { readHostFeatures } from '@vllm-cpu/variant/host-features';
import { releaseNamed, variantNamed } from '@vllm-cpu/sources/catalogue';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import { PROBE_SCRIPT } from '@vllm-cpu/verify/stage-files';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { parseVersion } from '@vllm-cpu/wheel/version';
import { markdownTable, summarize } from '../../actions/github-files.ts';
import { installInto } from '../../programs/install-wheel.ts';
import { judgeProbe } from '../../wheels/judge-probe.ts';
import type { ProbeSubject } from '../../wheels/judge-probe.ts';
import { capture } from '../../programs/processes.ts';
import { ciRepository } from '../../repository.ts';
import { defineStep } from '../../step.ts';
import { folderOf, handOn, stage, theWheelIn } from '../../wheels/wheel-jobs.ts';

interface Tried {
  python: string;
  ok: boolean;
  result: string;
}

/**
 * Installs a proven wheel, with its dependencies, on every Python that the release supports, imports it
 * and lets it compute. Where the CPU lacks the variant's features, the guard has to say so instead.
 */
export const installTest = defineStep(
  {
    name: 'install-test',
    about: 'Installs and imports the wheel of dist/ci/verified.',
    inputs: {
      id: { about: "name of the wheel's artifacts", required: true },
      variant: { about: 'short name of the variant', required: true },
      release: { about: "name of the release's pin", required: true },
      platform: { about: PLATFORMS.join(' or '), required: true },
      pythons: { about: 'versions of Python, for example 3.10,3.11', required: true },
    },
  },
  (given) =>
    stage('install', given.id, async () => {
      const wheel = theWheelIn(folderOf('verified'), 'Run the step verify-wheel first.');
      const subject = subjectOf(given, wheel);
      const rows: Tried[] = [];
      for (const python of chosenItems(given.pythons, 'Pythons') ?? [])
        rows.push(await tryOn(python, wheel, subject));
      const table = rows.map(({ python, ok, result }) => ({ python, ok: String(ok), result }));
      summarize(`## ${basename(wheel)}\n\n${markdownTable(table)}`);
      console.log(rows.map(({ python, result }) => `Python ${python}: ${result}`).join('\n'));
      const failed = rows.filter(({ ok }) => !ok);
      if (failed.length > 0) throw notOn(failed, wheel);
      handOn('verified', 'proven');
      return { pythons: rows.map(({ python, result }) => `${python}: ${result}`) };
    }),
);

/** What the wheel promises, and what of it this CPU has. */
function subjectOf(
  given: { variant: string; release: string; platform: string },
  wheel: string,
): ProbeSubject {
  const repository = ciRepository();
  const variant = variantNamed(repository.variants, given.variant);
  const release = releaseNamed(repository.releases, given.release);
  const platform = PLATFORMS.find((each) => each === given.platform);
  const requires = (platform && levelOf(variant, platform)?.requires) ?? [];
  const here = readHostFeatures();
  const embedded = release.source.kind === 'embedded';
  return {
    embedded,
    lacking: requires.filter((feature) => !here.includes(feature)),
    expected: {
      distribution: variant.distribution,
      version: parseVersion(parseWheelFileName(basename(wheel)).version).public,
      withoutDependencies: embedded,
    },
  };
}

async function tryOn(python: string, wheel: string, subject: ProbeSubject): Promise<Tried> {
  return withTemporaryFolder(`vllm-cpu-install-${python}-`, async (folder) => {
    const environment = join(folder, 'env');
    const problem = await installInto(environment, python, wheel, subject.embedded);
    if (problem) return { python, ok: false, result: problem };
    const words = [PROBE_SCRIPT, subject.expected.distribution];
    const { finished } = await capture([join(environment, 'bin/python'), ...words]);
    return { python, ...judgeProbe(finished, subject) };
  });
}

function notOn(failed: readonly Tried[], wheel: string): VllmCpuError {
  return new VllmCpuError({
    code: 'WHEEL_DOES_NOT_WORK',
    what: `${basename(wheel)} does not work on Python ${failed.map(({ python }) => python).join(', ')}`,
    why: failed.map(({ python, result }) => `Python ${python}: ${result}`).join('\n'),
    next: 'Install the wheel of the artifact verified-<id> with that Python to reproduce it.',
  });
}

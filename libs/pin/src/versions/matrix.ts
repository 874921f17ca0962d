import { pythonsIn } from '@vllm-cpu/python/python-versions';
import { equivalentTo } from '@vllm-cpu/sources/catalogue';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf, wheelName } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { expandTag, parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import type { WheelFileName } from '@vllm-cpu/wheel/file-name';
import { applySuffix, parseVersion } from '@vllm-cpu/wheel/version';

/** One job of the build matrix: `strategy.matrix.include[]` of a GitHub workflow. */
export interface MatrixJob {
  variant: string;
  /** Name on the package index. */
  project: string;
  /** The pin's name. */
  release: string;
  /** With the suffix: what the wheel will be called. */
  version: string;
  platform: Platform;
  /** Label of a runner whose own CPU has that architecture: emulation cannot compile oneDNN. */
  runner: string;
  /** "3.12", only where the extension is not abi3 and each Python needs a wheel of its own. */
  python?: string;
  /** The variant whose compile serves this one; null where it is compiled itself. */
  equivalentTo: string | null;
}

export interface MatrixRequest {
  variants: readonly Variant[];
  releases: readonly NamedRelease[];
  platforms: readonly Platform[];
  /** File names that the index lists for a project; none where it does not know the project. */
  listFiles: (project: string) => Promise<readonly string[]>;
  /** Builds what the index already has as well. */
  force?: boolean;
  /** ".post1": the wheels of that version are looked for and built. */
  suffix?: string;
}

const RUNNERS: Readonly<Record<Platform, string>> = {
  'linux-x86_64': 'ubuntu-24.04',
  'linux-aarch64': 'ubuntu-24.04-arm',
};

/**
 * The wheels that have to be built: every variant of every release on every platform that it has,
 * less what the index lists already. A variant that is equivalent to another is a job too, since
 * its wheel is published under its own name.
 */
export async function buildMatrix(request: MatrixRequest): Promise<MatrixJob[]> {
  const missing: MatrixJob[] = [];
  for (const variant of request.variants) {
    const jobs = jobsOf(variant, request);
    const listed =
      request.force || jobs.length === 0 ? [] : await request.listFiles(variant.distribution);
    missing.push(...jobs.filter((job) => !listed.some((file) => isWheelOf(file, job))));
  }
  return missing;
}

function jobsOf(variant: Variant, request: MatrixRequest): MatrixJob[] {
  return request.releases.flatMap(({ name, release }) =>
    request.platforms
      .filter((platform) => levelOf(variant, platform))
      .flatMap((platform) => {
        const job: MatrixJob = {
          variant: variant.name,
          project: variant.distribution,
          release: name,
          version: applySuffix(release.version, request.suffix),
          platform,
          runner: RUNNERS[platform],
          equivalentTo: equivalentTo(release, variant.name, platform) ?? null,
        };
        if (release.source.pyLimitedApi) return [job];
        return pythonsIn(release.source.requiresPython).map((python) => ({ ...job, python }));
      }),
  );
}

/** Files are compared, not versions: a release with a hole is completed. */
function isWheelOf(fileName: string, job: MatrixJob): boolean {
  const wheel = wheelNamed(fileName);
  const python = job.python && `cp${job.python.replace('.', '')}`;
  return (
    wheel !== undefined &&
    wheelName(wheel.distribution) === wheelName(job.project) &&
    parseVersion(wheel.version).full === job.version &&
    expandTag(wheel.tag).some(
      (tag) =>
        tag.platform.endsWith(`_${machineOf(job.platform)}`) &&
        (python === undefined || tag.python === python),
    )
  );
}

/** An index may list source archives and oddly named files; none of them is a wheel of ours. */
function wheelNamed(fileName: string): WheelFileName | undefined {
  try {
    return parseWheelFileName(fileName);
  } catch {
    return undefined;
  }
}

import Table from 'cli-table3';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';
import type { AvailableReleases } from '../release/available-releases.ts';
import { refusalOf } from '@vllm-cpu/sources/refusals';
import type { Refusal } from '@vllm-cpu/sources/refusals';
import { byVersion, isPreRelease, OLDEST_RELEASE } from './version.ts';
import type { AvailableRelease } from './version.ts';

/** How a release can express a variant on one platform. */
export interface Expression {
  variant: string;
  platform: string;
  /** The lower variant whose compile serves it; null where it has its own. */
  equivalentTo: string | null;
  evidence: 'cmake' | 'machine-code' | null;
  /** Features that it proves elsewhere and that are not in this release's wheel. */
  absent: string[];
}

/** One line of the list. */
export interface ListedRelease {
  /** The pin's file name, or the version where it is not pinned. */
  name: string;
  version: string;
  /** In this repository itself, not upstream's. */
  embedded: boolean;
  /** Null where upstream could not be asked. */
  available: boolean | null;
  pinned: boolean;
  active: boolean;
  /** False where packages/upstream/refused.json says so: cannot be pinned. */
  supported: boolean;
  /** Null where it is not pinned: nothing of it was read yet. */
  variants: Expression[] | null;
}

export interface ReleaseList {
  releases: ListedRelease[];
  /** Why `available` is null everywhere. */
  offline: string | null;
}

export interface ListRequest {
  /** What upstream has; see listAvailable. */
  available: () => Promise<AvailableReleases>;
  pins: readonly NamedRelease[];
  variants: readonly Variant[];
  /** Older releases are left out unless they are pinned. */
  oldest?: string;
  preReleases?: boolean;
  refusals?: readonly Refusal[];
}

/** What upstream has, what is pinned and what each pin can express; lowest version first. */
export async function listReleases(request: ListRequest): Promise<ReleaseList> {
  const { pins, variants, oldest = OLDEST_RELEASE, preReleases = false, refusals = [] } = request;
  const { tags, offline } = await askUpstream(request);
  const pinned = pins.map(({ name, release }): ListedRelease => ({
    name,
    version: release.version,
    embedded: release.source.kind === 'embedded',
    available: tags && tags.some(({ version }) => byVersion(version, release.version) === 0),
    pinned: true,
    active: release.active,
    supported: true,
    variants: expressions(release, variants),
  }));
  const others = (tags ?? [])
    .filter(({ version }) => byVersion(oldest, version) <= 0)
    .filter(({ version }) => preReleases || !isPreRelease(version))
    .filter(({ version }) => !pins.some((pin) => byVersion(pin.release.version, version) === 0))
    .map(({ version }): ListedRelease => ({
      ...{ name: version, version, embedded: false, available: true, pinned: false, active: false },
      supported: !refusalOf(version, refusals),
      variants: null,
    }));
  const releases = [...pinned, ...others].sort((a, b) => byVersion(a.version, b.version));
  return { releases, offline };
}

/** Only that upstream cannot be reached may be passed over: what is pinned is still listed. */
async function askUpstream({
  available,
}: ListRequest): Promise<{ tags: AvailableRelease[] | null; offline: string | null }> {
  try {
    const { releases, fallback } = await available();
    return { tags: releases, offline: fallback?.message ?? null };
  } catch (error) {
    if (!(error instanceof VllmCpuError) || error.code !== 'UPSTREAM_UNREACHABLE') throw error;
    return { tags: null, offline: error.message };
  }
}

/** How a pinned release expresses every variant, on each platform that the variant has. */
function expressions(release: NamedRelease['release'], variants: readonly Variant[]): Expression[] {
  return PLATFORMS.flatMap((platform) =>
    singleLevels(variants)
      .filter((variant) => levelOf(variant, platform))
      .map(({ name }) => {
        const here = (entry: { variant: string; platform: string }): boolean =>
          entry.variant === name && entry.platform === platform;
        const equivalence = release.equivalences.find(here);
        return {
          variant: name,
          platform,
          equivalentTo: equivalence?.to ?? null,
          evidence: equivalence?.evidence ?? null,
          absent: release.absent.filter(here).flatMap(({ features }) => features),
        };
      }),
  );
}

/** The list as a table for a terminal, with the legend that it needs. */
export function renderReleases(list: ReleaseList, variants: readonly Variant[]): string {
  const columns = singleLevels(variants).map(({ name }) => name);
  const table = new Table({
    head: ['release', 'upstream', 'pinned', 'active', ...columns],
    style: { head: [], border: [], compact: true },
  });
  for (const release of list.releases) {
    table.push([
      release.name === release.version ? release.name : `${release.name} (${release.version})`,
      upstreamCell(release),
      release.supported ? (release.pinned ? 'yes' : '') : 'cannot',
      release.active ? 'yes' : '',
      ...columns.map((name) => cell(release, name)),
    ]);
  }
  const legend = [
    'yes: expressed by its own compile; = X: the same as X (cmake), built from its compile;',
    '≡ X: identical machine code, seen after a compile. Empty: not pinned, so not read yet.',
    ...(list.releases.some(({ supported }) => !supported)
      ? ['cannot: broken upstream for some CPUs, see packages/upstream/refused.json.']
      : []),
    ...(list.offline ? [`Upstream's repository was not asked successfully:\n${list.offline}`] : []),
  ];
  return `${legend.join('\n')}\n${table.toString()}`;
}

function upstreamCell({ available, embedded }: ListedRelease): string {
  if (embedded) return 'embedded';
  return available === null ? '?' : available ? 'yes' : 'no';
}

/** The state on x86-64 where the variant has it; no aarch64 level is equivalent to another. */
function cell({ variants }: ListedRelease, name: string): string {
  const found = variants?.find(({ variant }) => variant === name);
  if (!found) return variants ? '-' : '';
  if (!found.equivalentTo) return 'yes';
  return `${found.evidence === 'cmake' ? '=' : '≡'} ${found.equivalentTo}`;
}

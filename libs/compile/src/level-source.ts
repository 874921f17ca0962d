import { editsFor, loadEdits } from '@vllm-cpu/sources/edits';
import type { ReleaseEdit, SourceEdit } from '@vllm-cpu/sources/edits';
import { moduleOfLevel } from '@vllm-cpu/sources/level-module';
import type { ReleaseModule } from '@vllm-cpu/sources/release';
import { baselineFlags } from '@vllm-cpu/variant/compiler-flags';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import type { ModuleFlags } from './toolchain/source-flags.ts';

/** What an edit's replacement may leave open. */
const MODULE = '@MODULE@';
const BASELINE = '@BASELINE_FLAGS@';

/** What of a release's source is for one level. */
export interface LevelSource {
  /** The declared edits, with nothing left to fill in. */
  edits: readonly ReleaseEdit[];
  /** The kernel module that is compiled; undefined for a release that has just one, up to 0.16.0. */
  module: ReleaseModule | undefined;
  /** -m flags of what every CPU of the level has, where an edit gives them to the compiler. */
  baseline: readonly string[];
  /** -m flags of the module that an edit gives to single sources. */
  given: readonly string[];
}

/**
 * The edits and the module of a level.
 * @throws VllmCpuError LEVEL_WITHOUT_MODULE
 */
export function levelSource(subject: CompileSubject, root: string): LevelSource {
  const { release, platform, level } = subject;
  const declared = editsFor(loadEdits(root), release, platform, level.requires);
  const module = moduleOfLevel(release.source, {
    name: subject.variant.name,
    platform,
    features: level.requires,
    edits: declared,
  });
  const asked = declared.some(({ replace }) => replace.includes(BASELINE));
  const baseline = asked ? baselineFlags(platform, level.requires) : [];
  const given = declared.flatMap(({ givesFlags }) => givesFlags);
  return { edits: declared.map((edit) => fill(edit, module, baseline)), module, baseline, given };
}

/** Puts what only the level knows into an edit's replacement. */
function fill<Edit extends SourceEdit>(
  edit: Edit,
  module: ReleaseModule | undefined,
  baseline: readonly string[],
): Edit {
  const replace = edit.replace
    .replaceAll(MODULE, module?.name ?? '_C')
    .replaceAll(BASELINE, baseline.join(' '));
  return { ...edit, replace };
}

/** The flags that the level's module must be compiled with; undefined where the CPU decides them. */
export function expectedFlags({ module, baseline, given }: LevelSource): ModuleFlags | undefined {
  if (!module) return undefined;
  const all = [...new Set([...module.flags, ...baseline])].sort();
  return { module: module.name, all, some: given, definitions: module.definitions };
}

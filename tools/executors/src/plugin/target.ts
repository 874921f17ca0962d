import type { TargetConfiguration } from '@nx/devkit';

export type Targets = Record<string, TargetConfiguration>;

/** A target that runs one of this plugin's executors; not cached unless `more` says so. */
export function target(
  executor: string,
  description: string,
  options: Record<string, unknown> = {},
  more: Partial<TargetConfiguration> = {},
): TargetConfiguration {
  return {
    executor: `@vllm-cpu/executors:${executor}`,
    options,
    cache: false,
    metadata: { description },
    ...more,
  };
}

/**
 * A target over several others that does nothing itself. It forwards its options, because nx:noop
 * swallows any option silently: a typo then fails in the strict schema of the real target.
 */
export function umbrella(description: string, targets: readonly string[]): TargetConfiguration {
  return {
    executor: 'nx:noop',
    cache: false,
    dependsOn: targets.map((each) => ({ target: each, params: 'forward' as const })),
    metadata: { description },
  };
}

/** The old name of a target, kept for one release: runs the target, then names the new one. */
export function renamed(from: string, to: string): TargetConfiguration {
  return target(
    'renamed',
    `old name of ${to}; removed in the next release`,
    { oldName: from, newName: to },
    { dependsOn: [{ target: to, params: 'forward' }] },
  );
}

/** The output folder of a stage; no two tasks share one. */
export function outputs(releaseName: string, stage: string): string[] {
  return [`{workspaceRoot}/dist/{projectName}/${releaseName}/${stage}`];
}

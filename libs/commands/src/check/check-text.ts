import type { UpstreamCheck } from '@vllm-cpu/pin/check-releases';
import type { MatrixJob } from '@vllm-cpu/pin/matrix';
import { jobText } from '../missing-jobs.ts';

/** What `upstream:check` found; also the shape of `--json`. */
export interface CheckReport extends UpstreamCheck {
  /** Wheels of active pins that the index does not list. */
  missing: readonly MatrixJob[];
}

/** The findings for a terminal, each kind with the command that deals with it. */
export function checkText(report: CheckReport): string {
  const lines: string[] = [];
  const section = (title: string, items: readonly string[], next: string): void => {
    if (items.length === 0) return;
    lines.push(`${title}:`, ...items.map((item) => `  ${item}`), `  what to do: ${next}`);
  };
  section(
    'new upstream releases',
    report.new.map(
      ({ version, commit, sdist }) => `${version} (${commit?.slice(0, 12) ?? sdist?.file})`,
    ),
    'npx nx run upstream:pin --new, then commit the pins',
  );
  section(
    'tags that moved',
    report.moved.map(
      ({ tag, pinned, commit }) => `${tag}: pinned ${pinned}, now ${commit ?? 'gone'}`,
    ),
    'find out why before anything is built; pin again with --force if it is right',
  );
  section(
    'not on the index',
    report.missing.map(jobText),
    'npx nx run upstream:matrix lists the jobs; npx nx run-many -t publish publishes them',
  );
  const passed = report.passedOver.map(({ version, reason }) => `${version} (${reason})`);
  if (passed.length > 0) lines.push(`passed over: ${passed.join(', ')}`);
  if (!report.work) lines.push('nothing to do');
  return lines.join('\n');
}

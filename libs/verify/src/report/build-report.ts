import { glibcFloor } from '@vllm-cpu/elf/manylinux-policy';
import { equivalentTo } from '@vllm-cpu/sources/catalogue';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Outcome } from '../check.ts';
import type { VerifyContext } from '../context.ts';
import { reportPackages } from './report-packages.ts';
import { reportParts } from './report-parts.ts';
import { reportSymbolVersions } from './report-symbol-versions.ts';
import { levelOfAll, reportModule } from './report-modules.ts';
import { REPORT_VERSION } from '@vllm-cpu/report/report';
import type { Report } from '@vllm-cpu/report/report';

/** Puts facts and outcomes into the form of `report.json`; see exceptedFeatures for the last. */
export function buildReport(
  context: Omit<VerifyContext, 'runner' | 'env' | 'workDir'>,
  outcomes: readonly (readonly [name: string, outcome: Outcome])[],
  strict: boolean,
  excepted: ReadonlyMap<string, ReadonlySet<string>>,
): Report {
  const { facts, variant, release, platform, variants } = context;
  const modules = facts.modules.map((module) => {
    const gate = facts.gates.get(module.name);
    return reportModule(module, variants, { gate, excepted: excepted.get(module.name) });
  });
  const bad = strict ? ['failed', 'not-run'] : ['failed'];
  return {
    schemaVersion: REPORT_VERSION,
    file: facts.fileName,
    sha256: facts.sha256,
    size: facts.size,
    variant: variant?.name ?? null,
    release: release?.version ?? null,
    platform: platform ?? null,
    strict,
    ok: !outcomes.some(([, { status }]) => bad.includes(status)),
    level: levelOfAll(modules, variants),
    glibc: glibcFloor(facts.modules) ?? null,
    equivalentTo:
      (release && variant && platform && equivalentTo(release, variant.name, platform)) ?? null,
    checks: outcomes.map(([name, { status, figure, reason, findings }]) => ({
      name,
      status,
      figure,
      ...(reason === undefined ? {} : { reason }),
      findings: [...findings],
    })),
    modules,
    requires: (variant && platform && levelOf(variant, platform)?.requires.slice()) ?? null,
    parts: reportParts(facts),
    symbolVersions: reportSymbolVersions(facts),
    packages: reportPackages(facts),
  };
}

import { warning, type Finding } from '../check.ts';
import type { VerifyContext } from '../context.ts';
import { exceptedFeatures } from './exceptions.ts';
import { reportModule } from '../report/report-modules.ts';

/**
 * What a wheel with several kernel modules leaves open: features that a module uses although upstream
 * asks for them nowhere before it loads it.
 */
export async function gateWarnings(context: VerifyContext): Promise<Finding[]> {
  const { facts, variants } = context;
  if (facts.gates.size === 0) return [];
  const excepted = await exceptedFeatures(context);
  return facts.modules.flatMap((module) => {
    const gate = facts.gates.get(module.name);
    const circumstances = { gate, excepted: excepted.get(module.name) };
    const unasked = reportModule(module, variants, circumstances).gate?.unasked ?? [];
    if (!gate || unasked.length === 0) return [];
    const asked = gate.asked.length > 0 ? ` with ${gate.asked.join(' and ')} but` : '';
    const message =
      `uses ${unasked.join(', ')}, which upstream does not ask for: a CPU${asked} ` +
      `without ${unasked.join(' or ')} loads it and ends in an illegal instruction`;
    return [warning(module.name, message)];
  });
}

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { reportLine, reportTable } from '@vllm-cpu/verify/report-text';
import { handedInPlace, NO_WHEELS_HANDED_IN } from '../handed-in-place.ts';
import { executor } from '../executor.ts';
import { verifyWheelsOptions } from './options.ts';
import { proveHandedIn } from '@vllm-cpu/commands/prove';

export default executor(verifyWheelsOptions, async (options, repository, context) => {
  const place = handedInPlace(options.wheels, context);
  if (!place) {
    repository.report(NO_WHEELS_HANDED_IN);
    return true;
  }
  const wheels = await wheelsAt(place);
  let ok = true;
  for (const wheel of wheels) {
    const { report, file } = await proveHandedIn(wheel, options, repository);
    const text = report.ok && !repository.verbose ? reportLine(report) : reportTable(report);
    repository.report(`${text}report: ${file}`);
    ok &&= report.ok;
  }
  return ok;
});

async function wheelsAt(place: string): Promise<string[]> {
  const status = await stat(place).catch(() => undefined);
  if (status?.isFile()) return [place];
  const names = status ? await readdir(place) : [];
  const wheels = names.filter((name) => name.endsWith('.whl')).sort();
  if (wheels.length > 0) return wheels.map((name) => join(place, name));
  throw new VllmCpuError({
    code: 'WHEELS_NOT_FOUND',
    what: status ? `no wheel in ${place}` : `${place} does not exist`,
    next: 'Give a folder with wheels, or one wheel: --wheels=<path>',
  });
}

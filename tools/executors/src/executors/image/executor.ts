import { buildImage } from '../../image/build-image.ts';
import { engineEnvironment } from '../../image/engine.ts';
import { planImage } from '../../image/image-plan.ts';
import { PACKED_FOLDER } from '../../image/image-record.ts';
import { sizeTable } from '../../image/size-table.ts';
import { quoteArgv } from '../../system/quote.ts';
import { executor } from '../executor.ts';
import { imageRequest } from './image-request.ts';
import { imageOptions } from './options.ts';

export default executor(imageOptions, async (options, repository) => {
  const { report } = repository;
  const print = options.json ? () => undefined : report;
  const request = await imageRequest(options, { ...repository, report: print });
  if (options.dryRun) {
    const plan = planImage(request, request.scratch);
    const commands = [plan.list, plan.name, ...plan.pack(`${request.output}/${PACKED_FOLDER}`)];
    if (options.json) report(JSON.stringify({ ...plan, pack: undefined, commands }));
    else commands.forEach((argv) => report(`dry run: ${quoteArgv(argv)}`));
    return true;
  }
  const env = engineEnvironment(repository.settings.env);
  const record = await buildImage(request, { runner: repository.runner, env, print });
  if (options.json) {
    report(JSON.stringify(record));
    return true;
  }
  report(sizeTable(record.layers));
  record.names.forEach((name) => report(`image ${name} (${record.digest})`));
  return true;
});

import { buildImage } from '@vllm-cpu/image/build-image';
import { engineEnvironment } from '@vllm-cpu/registry/engine';
import { planImage } from '@vllm-cpu/image/image-plan';
import { PACKED_FOLDER } from '@vllm-cpu/image/image-record';
import { sizeTable } from '@vllm-cpu/image/size-table';
import { quoteArgv } from '@vllm-cpu/system/quote';
import { executor } from '../executor.ts';
import { imageRequest } from '@vllm-cpu/commands/image-request';
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

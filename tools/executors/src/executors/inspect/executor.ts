import { executor } from '../executor.ts';
import { inspect } from '@vllm-cpu/commands/inspect';
import { inspectOptions } from './options.ts';

export default executor(inspectOptions, (options, repository) =>
  inspect(options, repository, repository.root),
);

import { describeError } from '@vllm-cpu/system/errors';
import { createLog } from './log.ts';
import { usage } from './settings/options.ts';
import { startServer } from './server.ts';
import { readSettings, type Environment } from './settings/settings.ts';

/** The command line. Answers the exit status once the server has stopped. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  try {
    const settings = readSettings(args, env);
    if (!settings) {
      process.stdout.write(`${usage()}\n`);
      return 0;
    }
    const log = createLog((line) => process.stdout.write(`${line}\n`));
    const server = await startServer(settings, log);
    const onSignal = (signal: string): void => {
      log.info(`${signal}: stopping when the requests in flight are done`);
      void server.stop();
    };
    process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
    log.info(`listening on ${server.url}, entries in ${settings.directory}`);
    return (await server.stopped) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return 1;
  }
}

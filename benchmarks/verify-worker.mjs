// A process of verify-wheels.ts: `vllm-wheel inspect` of one wheel after the other, out of the bundle as it always is.
import { load } from '../tools/bundle/src/load.mjs';

const { main } = await load('tools/executors/src/cli/vllm-wheel.ts');

process.on('message', async (wheel) => {
  // None is left.
  if (wheel === '') return process.disconnect();
  let report = '';
  await main(['inspect', String(wheel), '--json'], (text) => (report += text));
  process.send?.(report);
});
process.send?.('');

import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { addToStaticIndex } from '@vllm-cpu/index/static-index';

/** A publisher as a process of its own, which a test kills: index directory, then wheels. */
const [directory = '', ...paths] = process.argv.slice(2);

async function main(): Promise<void> {
  const wheels = [];
  for (const path of paths) wheels.push(await readPublishableWheel(path));
  await addToStaticIndex(directory, wheels);
}

void main();

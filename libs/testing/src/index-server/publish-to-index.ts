import { createPublishTools } from '@vllm-cpu/index/publish-tools';
import { publishWheels } from '@vllm-cpu/publish/publish-wheels';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { createRunner } from '@vllm-cpu/system/run';
import { requestFor } from '../fixtures/five-wheels.ts';

/** A publisher as a process of its own, which a test kills: upload URL, Python, then wheels. */
const [uploadUrl = '', python = '', ...paths] = process.argv.slice(2);

async function main(): Promise<void> {
  const wheels = [];
  for (const path of paths) wheels.push(await readPublishableWheel(path));
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  const tools = createPublishTools({
    runner: createRunner(print),
    env: process.env,
    print,
    python,
  });
  await publishWheels(requestFor(uploadUrl, wheels), tools, { dryRun: false });
}

void main();

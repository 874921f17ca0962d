import { join } from 'node:path';
import { sha256 } from '@vllm-cpu/system/digest';
import { identifyArgv, unpackArgv } from '@vllm-cpu/registry/engine-argv';
import type { Engine } from '@vllm-cpu/registry/engine';
import { PACKED_FOLDER } from './image-record.ts';
import type { RecordedImage } from './image-record.ts';
import { runEngine } from '@vllm-cpu/registry/run-engine';
import type { EngineTools } from '@vllm-cpu/registry/run-engine';

/**
 * Puts a packed image under its names into the engine's storage where that does not have it: it was pruned, or
 * another engine built it. `scratch` is a folder to work in.
 * @throws VllmCpuError NO_SPACE_LEFT, IMAGE_COMMAND_FAILED
 */
export async function restoreImage(
  { folder, record }: RecordedImage,
  engine: Engine,
  scratch: string,
  tools: EngineTools,
): Promise<void> {
  const [first, ...others] = record.names;
  if (first === undefined || (await hasAll(record, engine, tools))) return;
  tools.print(`putting ${first} back into the storage of ${engine.name}`);
  const packed = join(folder, PACKED_FOLDER);
  for (const argv of unpackArgv(engine, [first, ...others], scratch, packed)) {
    await runEngine(argv, tools);
  }
}

async function hasAll(
  { names, id }: RecordedImage['record'],
  engine: Engine,
  { runner, env }: EngineTools,
): Promise<boolean> {
  for (const name of names) {
    const { exitCode, stdout } = await runner.try({ argv: identifyArgv(engine, name), env });
    const found = engine.name === 'docker' ? stdout.trim() : `sha256:${sha256(stdout)}`;
    if (exitCode !== 0 || found !== id) return false;
  }
  return true;
}

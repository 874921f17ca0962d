import Table from 'cli-table3';
import { formatSize } from '@vllm-cpu/system/format-size';
import type { ImageLayer } from '@vllm-cpu/registry/packed-image';

const WIDTH = 72;

/** The layers of an image, biggest first, in bytes as they are downloaded. */
export function sizeTable(layers: readonly ImageLayer[]): string {
  const table = new Table({
    head: ['download', 'made by'],
    colAligns: ['right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { size, createdBy } of [...layers].sort((a, b) => b.size - a.size)) {
    table.push([formatSize(size), step(createdBy)]);
  }
  table.push([formatSize(layers.reduce((sum, { size }) => sum + size, 0)), 'altogether']);
  return table.toString();
}

/** A step as it stands in the Dockerfile, without the shell around it. */
function step(createdBy: string): string {
  const words = createdBy.replace(/^\|\d+ .*?\/bin\/sh -c |^\/bin\/sh -c (#\(nop\) )?/, '').trim();
  const line = words.replace(/\s+/g, ' ');
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 3)}...` : line;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedSchemas } from '../src/schemas/generated-schemas.ts';

const plugin = join(import.meta.dirname, '..');
for (const [path, text] of generatedSchemas()) {
  mkdirSync(dirname(join(plugin, path)), { recursive: true });
  writeFileSync(join(plugin, path), text);
  process.stdout.write(`${path}\n`);
}

// `node --import ./scripts/typescript.mjs <script.ts>`: Node strips types by itself from 22.18 on, before that esbuild.
import { register } from 'node:module';

if (!('typescript' in process.features)) register('./typescript-hooks.mjs', import.meta.url);

// Writes the table of error codes into docs/troubleshooting.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorSites } from '../src/error-sites/error-sites.ts';
import { errorTable, withErrorTable } from '../src/error-sites/error-table.ts';
import { productSources } from '../src/error-sites/product-sources.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PAGE = join(ROOT, 'docs/troubleshooting.md');
const table = errorTable(errorSites(ROOT, productSources(ROOT)));
writeFileSync(PAGE, withErrorTable(readFileSync(PAGE, 'utf8'), table));

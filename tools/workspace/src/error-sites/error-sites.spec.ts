import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { errorSites } from './error-sites.ts';
import { errorTable, withErrorTable } from './error-table.ts';
import { productSources } from './product-sources.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const PAGE = join(ROOT, 'docs/troubleshooting.md');

/** A blank at the end is fine before a value or a command that is added. */
const UNTIDY = /^\s|[^:]\s$| {2}/;
const SENTENCE = /[.…:] ?$|: \S.*$|[`>]$/;
const COMMAND = /^(npx|pip|git|twine|cmake|setup\.py|file:|packages|libs)/;

const sites = errorSites(ROOT, productSources(ROOT));

/** `file:line: text` of the texts that a rule does not accept. */
function refused(parts: readonly ('what' | 'why' | 'next')[], accepts: (text: string) => boolean) {
  return sites.flatMap((site) =>
    parts
      .flatMap((part) => site[part])
      .filter((text) => !accepts(text))
      .map((text) => `${site.file}:${site.line}: ${text}`),
  );
}

describe('the errors of the product', () => {
  it('are found: some hundred places', () => {
    expect(sites.length).toBeGreaterThan(200);
  });

  it('have no stray blanks', () => {
    expect(refused(['what', 'why', 'next'], (text) => !UNTIDY.test(text))).toEqual([]);
  });

  it('say what happened without a full stop, as it follows the code on one line', () => {
    expect(refused(['what'], (text) => text !== '' && !text.endsWith('.'))).toEqual([]);
  });

  it('say why and what to do in sentences, or end with a command', () => {
    const isSentence = (text: string) =>
      SENTENCE.test(text) && (COMMAND.test(text) || !/^[a-z]/.test(text));
    expect(refused(['why', 'next'], isSentence)).toEqual([]);
  });

  it('are all in docs/troubleshooting.md; npm run error-codes writes them', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(withErrorTable(page, errorTable(sites))).toEqual(page);
  });
});

/** Markup that is finished: text in it was escaped. Made by `html` only. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  toString(): string {
    return this.markup;
  }
}

/** What a template takes: text is escaped, nothing is written of what is not there. */
export type Insert = Html | string | number | null | undefined | false | readonly Insert[];

/**
 * A template of HTML or SVG: html`<p>${name}</p>`. Every text is escaped, in an attribute as well where that
 * is quoted, so that no name out of a wheel can become markup.
 */
export function html(strings: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  return new Html(strings.map((text, at) => text + written(inserts[at])).join(''));
}

/** Text that is markup already: our own style sheet. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function written(insert: Insert): string {
  if (insert === null || insert === undefined || insert === false) return '';
  if (insert instanceof Html) return insert.markup;
  if (typeof insert === 'string') return escapeHtml(insert);
  return typeof insert === 'number' ? String(insert) : insert.map(written).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML and XML, in an element or a quoted attribute. XML has no place for control characters. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replace(CONTROL, (character) => (/[\t\n\r]/.test(character) ? character : '\uFFFD'));
}

/** Beside what XML has no place for also what turns the direction of writing, so that a name looks like another. */
const CONTROL = /[\p{Cc}\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu;

import { readFileSync } from 'node:fs';
import { html, trusted } from './html.ts';
import type { Html } from './html.ts';

/** One page. */
export interface Page {
  title: string;
  description: string;
  /** Above the main part: the heading, and where one came from. */
  header: Html;
  main: Html;
  footer: Html;
}

/** Nothing is loaded and no script runs, whatever a name in the page may be. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

let style: string | undefined;

/** The whole document: its style is in it, so that it is one file without requests. */
export function pageDocument({ title, description, header, main, footer }: Page): string {
  style ??= readFileSync(new URL('./style.css', import.meta.url), 'utf8');
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="${description}" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>${header}</header>
        <main id="main" tabindex="-1">${main}</main>
        <footer>${footer}</footer>
      </body>
    </html> `.markup;
}

/** A command to copy; the block scrolls, so that it can be reached by keyboard. */
export function command(text: string, label: string): Html {
  return html`<pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre>`;
}

import { checkedWords } from '../../rows/verdict-words.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { ListedWheel } from '../front-page.ts';

/** One line about what is proven of a wheel, with the way to all of it. */
export function proofOf({ report, page, project, version }: ListedWheel): Html {
  const text = report ? checkedWords(report) : 'no report';
  const label = `${text}: ${project} ${version}`;
  return html`<a
    href="${page}"
    aria-label="${label}"
    class="${report?.ok === false ? 'failed' : ''}"
    >${text}</a
  >`;
}

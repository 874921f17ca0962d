import { pageDocument } from './document.ts';
import { html } from './html.ts';
import { checks } from './wheel/checks.ts';
import { instructionSets } from './wheel/instruction-sets.ts';
import { origin, packages } from './wheel/origin.ts';
import { parts } from './wheel/parts.ts';
import { symbolVersions } from './wheel/symbol-versions.ts';
import { verdict } from './wheel/verdict.ts';
import type { WheelFacts } from './wheel/wheel.ts';

/** Addresses relative to the page, so that a copy of the index works anywhere, from a disk as well. */
export interface WheelLinks {
  front: string;
  wheel: string;
  report: string | undefined;
  /** Of the simple API: absolute, because installers want it so. */
  indexUrl: string;
}

/** The page of one wheel. */
export function wheelPage(wheel: WheelFacts, links: WheelLinks): string {
  const { report, variant, project, version } = wheel;
  return pageDocument({
    title: `${project} ${version}`,
    description:
      variant?.summary ?? `${project} ${version}: what it needs, and what is proven of it`,
    header: html`<nav class="path" aria-label="Path"><a href="${links.front}">All packages</a></nav>
      <h1>${project} <span class="version">${version}</span></h1>
      <p class="lead">${variant?.summary}</p>
      <p class="soft name"><code>${wheel.fileName}</code></p>`,
    main: html`${verdict(wheel, links.indexUrl)}
    ${report && [instructionSets(report), parts(report), symbolVersions(report), checks(report), packages(report)]}
    ${origin(wheel, links)}`,
    footer: html`<p>
      Made of the wheel's report, without a script and without a request to anywhere.
    </p>`,
  });
}

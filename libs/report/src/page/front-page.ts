import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';
import { pageDocument } from './document.ts';
import { choice } from './front/choice.ts';
import { projects } from './front/projects.ts';
import { html } from './html.ts';
import type { WheelFacts } from './wheel/wheel.ts';

/** A wheel that the index lists, with the address of its page, relative to the front page. */
export interface ListedWheel extends WheelFacts {
  page: string;
}

export interface FrontPage {
  variants: readonly Variant[];
  /** By project, the newest version first. */
  wheels: readonly ListedWheel[];
  /** Of the simple API; absolute. */
  indexUrl: string;
}

/** Which package for which CPU, how to install it, and every wheel that there is. */
export function frontPage(front: FrontPage): string {
  const platforms: readonly Platform[] = ['linux-x86_64', 'linux-aarch64'];
  return pageDocument({
    title: 'vLLM for CPUs: packages',
    description: 'vLLM for CPUs, one package for each instruction-set level',
    header: html`<h1>vLLM for CPUs</h1>
      <p class="lead">
        One package for each instruction-set level. Every wheel of vLLM was disassembled before it
        was put here: it has no instruction beyond its level.
      </p>`,
    main: html`${choice(front, platforms)} ${projects(front)}`,
    footer: html`<p>
      Installers read <a href="simple/index.html">simple/</a>. These pages have no script and ask no
      other host for anything. If this folder was moved since, put its address before
      <code>/simple</code> in the commands.
    </p>`,
  });
}

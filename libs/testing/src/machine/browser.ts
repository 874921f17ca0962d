import { spawnSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

/** Debian's and Fedora's headless build, then a whole browser; scripts/requirements.mjs installs the first. */
const PROGRAMS = [
  ...['chromium-headless-shell', 'chromium', 'chromium-browser'],
  '/usr/lib64/chromium-browser/headless_shell',
];

/** The system's Chromium, if there is one: playwright-core brings none and downloads none. */
export function findBrowser(): string | undefined {
  return PROGRAMS.find((program) => spawnSync(program, ['--version']).status === 0);
}

/** Starts it. Root may not use its sandbox, and the pages are our own. */
export function launchBrowser(program: string): Promise<Browser> {
  return chromium.launch({ executablePath: pathOf(program), args: ['--no-sandbox'] });
}

function pathOf(program: string): string {
  if (program.startsWith('/')) return program;
  return spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
}

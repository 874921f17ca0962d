import { expect, it } from '@jest/globals';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { findTools } from './tools.ts';

it('names all missing tools at once, with the command that installs them', async () => {
  const attempt = findTools(
    'linux-x86_64',
    { PATH: '/nowhere' },
    fakeRunner(() => undefined),
    'linux-x86_64',
  );
  await expect(attempt).rejects.toMatchObject({
    code: 'PACKAGE_TOOLS_MISSING',
    what: 'not found on PATH: strip, patchelf, cc or gcc or clang',
    next: expect.stringContaining('apt-get install binutils gcc patchelf'),
  });
});

it('asks for cross tools when the wheel is for another machine', async () => {
  const attempt = findTools(
    'linux-aarch64',
    { PATH: '/nowhere' },
    fakeRunner(() => undefined),
    'linux-x86_64',
  );
  await expect(attempt).rejects.toMatchObject({
    what: 'not found on PATH: aarch64-linux-gnu-strip, patchelf',
    next: expect.stringContaining('binutils-aarch64-linux-gnu'),
  });
});

it('refuses a patchelf that damages files', async () => {
  const old = fakeRunner(() => ({ stdout: 'patchelf 0.12\n' }));
  const attempt = findTools(
    'linux-x86_64',
    { PATH: process.env['PATH'] ?? '' },
    old,
    'linux-x86_64',
  );
  await expect(attempt).rejects.toMatchObject({ code: 'PATCHELF_TOO_OLD' });
});

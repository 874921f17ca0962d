import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOTHING_ALLOWED } from '../gates/allow.ts';
import { createRunner } from '@vllm-cpu/system/run';
import { fixtureRelease, realVariants } from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { importCheck } from '../checks/import.ts';
import type { Finding } from '../check.ts';
import type { ReportCheck } from '@vllm-cpu/report/report';
import { WheelWorkshop } from '@vllm-cpu/testing/wheel-workshop';
import type { WheelParts } from '@vllm-cpu/testing/wheel-workshop';
import { verifyWheel } from '../verify-wheel.ts';

let workshop: WheelWorkshop;
beforeAll(async () => {
  workshop = await WheelWorkshop.open();
});
afterAll(() => workshop.close(), 60_000);

const MINUTES = 3 * 60_000;
const cpu = readFileSync('/proc/cpuinfo', 'utf8');
const hostFeatures = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpu)?.[1]?.split(' ') ?? [];
const emulator = requires('qemu-x86_64', existsSync('/usr/bin/qemu-x86_64'));

async function tried(
  parts: WheelParts,
  features = hostFeatures,
  python = 'python3',
): Promise<ReportCheck> {
  const report = await verifyWheel({
    wheelPath: await workshop.write(parts),
    variant: parts.variant,
    release: fixtureRelease(),
    platform: 'linux-x86_64',
    variants: realVariants(),
    allow: NOTHING_ALLOWED,
    strict: false,
    checks: [importCheck],
    importSetup: { python, hostFeatures: features },
    runner: createRunner(),
    env: { ...FIXTURE_ENV, HOME: process.env['HOME'] ?? '/tmp' },
    workDir: workshop.folder,
  });
  const [check] = report.checks;
  if (!check) throw new Error('the import check was not run');
  return check;
}

function said(check: ReportCheck, level: Finding['level'] = 'error'): string {
  return check.findings
    .filter((finding) => finding.level === level)
    .map(({ place, message }) => `${place}: ${message}`)
    .join('\n');
}

describe('the import check with real pip', () => {
  emulator(
    'passes a base wheel, here and on an emulated CPU without AVX-512',
    async () => {
      const check = await tried(await workshop.sound());
      expect(said(check)).toBe('');
      expect(check.status).toBe('passed');
      expect(check.figure).toBe(
        'imports and computes; imports and computes on a CPU without AVX-512',
      );
      expect(said(check, 'note')).toContain('without dependencies');
    },
    MINUTES,
  );

  emulator(
    'refuses an AVX-512 wheel that dies where it should explain itself',
    async () => {
      const parts = await workshop.sound('avx512');
      parts.files['vllm/__init__.py'] =
        'import ctypes, os\n' +
        'ctypes.CDLL(os.path.dirname(__file__) + "/_C.abi3.so", mode=1).uses_avx512f()\n';
      const check = await tried(parts);
      expect(check.status).toBe('failed');
      expect(said(check)).toMatch(
        /qemu: import vllm: it was ended by SIGILL; expected an ImportError/,
      );
    },
    MINUTES,
  );

  it(
    'refuses a wheel without the alias, of the wrong device and with wrong numbers',
    async () => {
      const parts = await workshop.sound();
      parts.files = Object.fromEntries(
        Object.entries(parts.files).filter(([name]) => !name.includes('.data/')),
      );
      parts.files['vllm/platforms/__init__.py'] = 'class current_platform:\n    device_type = ""\n';
      parts.files['vllm/selfcheck.py'] = 'def run():\n    return {"kernels": {}, "ok": False}\n';
      const check = await tried(parts);
      expect(said(check)).toMatch(
        /importlib\.metadata says nothing for vllm, 0\.12\.0\+cpu is wanted/,
      );
      expect(said(check)).toMatch(/vllm\.platforms: found the device ""/);
      expect(said(check)).toMatch(/kernel: wrong numbers/);
    },
    MINUTES,
  );

  it(
    'wants the guard where the CPU lacks features, and says what it saw instead',
    async () => {
      const check = await tried(await workshop.sound('avx512'), ['avx2']);
      expect(said(check)).toMatch(/import vllm: worked on a CPU without the features: no guard/);
    },
    MINUTES,
  );

  it(
    'installs with a pip of the environment’s own where the interpreter has none',
    async () => {
      const bare = join(workshop.folder, 'bare');
      const runner = createRunner();
      await runner.run({
        argv: ['python3', '-m', 'venv', '--without-pip', bare],
        env: FIXTURE_ENV,
      });
      const check = await tried(await workshop.sound(), hostFeatures, join(bare, 'bin/python'));
      expect(said(check)).toBe('');
      expect(check.figure).toContain('imports and computes');
    },
    MINUTES,
  );

  it('is not run without an interpreter, and says why', async () => {
    const report = await verifyWheel({
      wheelPath: await workshop.write(await workshop.sound()),
      variant: realVariants()[0],
      platform: 'linux-x86_64',
      variants: realVariants(),
      allow: NOTHING_ALLOWED,
      strict: true,
      only: ['import'],
      runner: createRunner(),
      env: FIXTURE_ENV,
      workDir: workshop.folder,
    });
    expect(report.checks[0]).toMatchObject({
      status: 'not-run',
      reason: 'inspect does not install the wheel; verify does',
    });
    expect(report.ok).toBe(false);
  });
});

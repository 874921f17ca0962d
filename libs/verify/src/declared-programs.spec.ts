import { describe, expect, it } from '@jest/globals';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { CHECKS } from './checks/registry.ts';
import { declaredPrograms } from './declared-programs.ts';

describe('the programs of a check', () => {
  const check = { name: 'metadata', programs: ['twine'] };

  it('are those that it declares, and what it has put somewhere itself', async () => {
    const started = fakeRunner(() => ({}));
    const runner = declaredPrograms({ runner: started }, check);
    await runner.try({ argv: ['twine', '--version'], env: {} });
    await runner.run({ argv: ['/scratch/bin/python', '-c', ''], env: {} });
    expect(started.commands.map(({ argv }) => argv[0])).toEqual(['twine', '/scratch/bin/python']);
  });

  it('that it does not declare are not started, because no key would have them', async () => {
    const started = fakeRunner(() => ({}));
    const runner = declaredPrograms({ runner: started }, check);
    await expect(runner.try({ argv: ['readelf', 'x'], env: {} })).rejects.toThrow(
      'the check metadata does not declare that it calls readelf',
    );
    expect(started.commands).toEqual([]);
  });

  it('are declared for the whole registry: these decide what a report says', () => {
    expect(CHECKS.flatMap(({ programs }) => programs).sort()).toEqual([
      ...['c++filt', 'qemu-x86_64', 'twine'],
    ]);
  });
});

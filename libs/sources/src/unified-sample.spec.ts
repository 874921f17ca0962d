import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { singleLevels } from '@vllm-cpu/variant/sums';
import { embeddedFolders, loadReleases, loadVariants, releaseNamed } from './catalogue.ts';
import { findCpuQuestions } from './upstream/cpu-questions.ts';
import { editsFor, loadEdits } from './edits.ts';
import { moduleOfLevel } from './level-module.ts';

const root = join(import.meta.dirname, '../../..');
const release = releaseNamed(loadReleases(root), 'sample-unified');
const platform = 'linux-x86_64';
const levels = singleLevels(loadVariants(root)).flatMap(({ name, platforms }) => {
  const level = platforms[platform];
  return level ? [{ name, level }] : [];
});

describe('the embedded upstream with several modules', () => {
  const folder = temporaryFolders();
  let tree: string;

  beforeEach(() => {
    tree = folder();
    for (const each of embeddedFolders(release.source)) {
      cpSync(join(root, each), tree, { recursive: true });
    }
  });

  it('asks the CPU as often as its pin says', () => {
    const files = readdirSync(join(tree, 'vllm'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.py'))
      .map((name) => [readFileSync(join(tree, 'vllm', name), 'utf8'), name] as const);
    const questions = files.flatMap(([text, name]) => findCpuQuestions(text, name));
    expect(questions).toHaveLength(release.source.cpuQuestions ?? -1);
  });

  it('has each text that is edited exactly once', () => {
    const own = `==${release.version}`;
    const texts = loadEdits(root).filter(({ releases }) => [releases].flat().includes(own));
    expect(texts.length).toBeGreaterThan(0);
    for (const { file, find } of texts) {
      expect(readFileSync(join(tree, file), 'utf8').split(find)).toHaveLength(2);
    }
  });

  it('has a module for each level, the highest one without AMX for two of them', () => {
    const modules = levels.map(({ name, level }) => {
      const edits = editsFor(loadEdits(root), release, platform, level.requires);
      const features = level.requires;
      const module = moduleOfLevel(release.source, { name, platform, features, edits });
      return [name, module?.name, module?.flags.includes('-mamx-tile')];
    });
    expect(modules).toEqual([
      ['noavx512', '_C_AVX2', false],
      ['avx512', '_C_AVX512', false],
      ['avx512vnni', '_C_AVX512', false],
      ['avx512bf16', '_C', false],
      ['amxbf16', '_C', true],
    ]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { readSettings } from '@vllm-cpu/system/settings';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { createRunner } from '@vllm-cpu/system/run';
import { targetOf } from './publication.ts';

const folder = temporaryFolders();

describe('where wheels go', () => {
  const target = (env: Record<string, string>, index?: string) => {
    const root = folder();
    const settings = readSettings(root, env);
    const repository = { root, settings, variants: [], releases: [], runner: createRunner() };
    const found = targetOf({ index }, { ...repository, report: () => undefined }, '0.0.1', true);
    return found.label.replace(root, '');
  };

  it('is --index, else VLLM_CPU_INDEX, else the default', () => {
    expect(target({ VLLM_CPU_INDEX: 'file:one' }, 'file:other')).toBe('file:/other');
    expect(target({ VLLM_CPU_INDEX: 'file:one' })).toBe('file:/one');
    expect(target({})).toBe('file:/dist/index');
  });

  it('is the default where the variable is empty, as a template of .env has it', () => {
    expect(target({ VLLM_CPU_INDEX: '' })).toBe('file:/dist/index');
  });
});

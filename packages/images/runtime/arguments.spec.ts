import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '../../../tools/executors/src/testing/temporary-folder.ts';
import { layImage, runImage } from './test/laid-image.ts';

const folder = temporaryFolders();
const MODEL = 'org/Some-1B';

const ASK = `import json, sys
from vllm_cpu_entrypoint.arguments import model_of
print(json.dumps([model_of(words) for words in json.loads(sys.argv[1])]))
`;

/** Which word of each list the entrypoint takes for the model. */
function modelsOf(...lists: string[][]): unknown {
  const { root, env } = layImage(folder(), 'teller');
  const PYTHONPATH = `${join(root, 'lib/vllm-cpu')}:${env['PYTHONPATH']}`;
  const words = ['-c', ASK, JSON.stringify(lists)];
  return JSON.parse(execFileSync('python3', words, { env: { ...env, PYTHONPATH } }).toString());
}

describe('the model among the words', () => {
  it('may stand behind two dashes, a negative number, and options without a value', () => {
    const behind = [['--'], ['--max-model-len', '-1'], ['-O3'], ['-dph'], ['--kv_cache_metrics']];
    expect(modelsOf(...behind.map((words) => [...words, MODEL]))).toEqual(behind.map(() => MODEL));
  });

  it('is none of the words that an option takes, be they several', () => {
    expect(
      modelsOf(
        ['--served-model-name', 'a', 'b'],
        ['--lora_modules', 'x=1', 'y=2', '--port', '80'],
        ['--kv-cache-metrics-sample', '0.1'],
        ['-O', '3'],
        ['--served-model-name=a', MODEL],
        ['--lora-modules', 'x=1', '--enable-lora', MODEL],
      ),
    ).toEqual([null, null, null, null, MODEL, MODEL]);
  });

  it('is asked for where it is an empty word, as of a variable that is not set', () => {
    const image = layImage(folder(), 'teller');
    for (const words of [[''], ['', '--port=80'], ['--model', '']]) {
      const { status, stderr } = runImage(image, words, { VLLM_MODEL: MODEL });
      expect(status).toBe(64);
      expect(stderr).toContain("error [NO_MODEL]: The model's name is empty.");
    }
  });
});

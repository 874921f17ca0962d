import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect } from '@jest/globals';
import { requires } from '../../../tools/executors/src/testing/requires.ts';
import { interpreters, PROJECT } from '../test/python.ts';

describe("the Python package's own tests pass", () => {
  for (const { version, python } of interpreters()) {
    requires(`an interpreter of Python ${version}`, python !== null)(
      `with Python ${version}`,
      () => {
        const words = [
          '-B',
          '-m',
          'unittest',
          'discover',
          '-s',
          path.join(PROJECT, 'python/tests'),
        ];
        const { status, stderr } = spawnSync(python ?? '', words, { encoding: 'utf8' });
        expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
      },
      60_000,
    );
  }
});

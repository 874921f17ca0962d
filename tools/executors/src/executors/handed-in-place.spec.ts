import { describe, expect, it } from '@jest/globals';
import { handedInPlace } from './handed-in-place.ts';
import type { RunContext } from './executor.ts';

/** A run of Nx that has these tasks. */
function runOf(...tasks: string[]): RunContext {
  const graph = Object.fromEntries(tasks.map((id) => [id, {}]));
  return { root: '/repo', taskGraph: { tasks: graph } } as unknown as RunContext;
}
const alone = runOf('wheels:verify');

describe('the place of wheels from elsewhere', () => {
  it('is what --wheels names, from the root of the repository', () => {
    expect(handedInPlace('built', alone)).toBe('/repo/built');
    expect(handedInPlace('/elsewhere/a.whl', alone)).toBe('/elsewhere/a.whl');
  });

  it('is nowhere for `nx run-many -t verify`, which is about the wheels of this build', () => {
    expect(handedInPlace(undefined, runOf('variant-avx512:verify', 'wheels:verify'))).toBe(
      undefined,
    );
  });

  it('has to be named where the target was run by itself', () => {
    for (const context of [alone, { root: '/repo' }]) {
      expect(() => handedInPlace(undefined, context)).toThrow(
        expect.objectContaining({ code: 'WHEELS_NOT_NAMED' }),
      );
    }
  });

  it('is refused when it is empty, as an unset variable of a script leaves it', () => {
    expect(() => handedInPlace('', runOf('a', 'b'))).toThrow(
      expect.objectContaining({ code: 'WHEELS_NOT_NAMED' }),
    );
  });
});

import { expect, it } from '@jest/globals';
import { holds, interpolate } from './support/workflows/expressions.ts';

const well = { failed: false, blocked: false };
const contexts = {
  github: { event_name: 'Push' },
  inputs: { empty: '', on: true },
  needs: {},
};

it('an expression is evaluated as GitHub does, and keeps its type where it is the whole text', () => {
  const text = "${{ github.event_name == 'push' && inputs.empty || 'none' }}";
  expect(interpolate(text, contexts, well)).toBe('none');
  const legs = '${{ fromJSON(\'{"include":[{"id":1}]}\').include }}';
  expect(interpolate(legs, contexts, well)).toEqual([{ id: 1 }]);
  expect(interpolate('a${{ inputs.on }}b${{ needs.none.outputs.x }}c', contexts, well)).toBe(
    'atruebc',
  );
});

it('a condition without a status function holds only where nothing has failed', () => {
  const failed = { failed: true, blocked: false };
  expect(holds('inputs.on', contexts, well)).toBe(true);
  expect(holds('inputs.on', contexts, failed)).toBe(false);
  expect(holds('always() && inputs.on', contexts, failed)).toBe(true);
  expect(holds(undefined, contexts, well)).toBe(true);
});

it('a context that does not exist is an error', () => {
  expect(() => holds('nothing.at_all', contexts, well)).toThrow();
});

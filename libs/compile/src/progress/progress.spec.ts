import { describe, expect, it } from '@jest/globals';
import { duration, ninjaStep, progressLines } from './progress.ts';

describe('progress', () => {
  it('understands a line of ninja and no other', () => {
    expect(ninjaStep('[12/345] Building CXX object a.o')).toEqual({ done: 12, total: 345 });
    expect(ninjaStep('  [12/345] quoted by somebody')).toBeUndefined();
    expect(ninjaStep('warning: [1/2]')).toBeUndefined();
  });

  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [185, '3 min 5 s'],
    [3600, '1 h 0 min'],
    [4230, '1 h 10 min'],
    [-3, '0 s'],
  ])('says %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('prints steps, percent and the time that is left, at most every five seconds', () => {
    let now = 1_000_000;
    const printed: string[] = [];
    const line = progressLines(
      'compile x',
      (text) => printed.push(text),
      () => now,
    );
    line('-- Configuring done');
    line('[1/100] a');
    for (let done = 2; done <= 20; done++) {
      now += 1000;
      line(`[${done}/100] a`);
    }
    expect(printed).toHaveLength(4);
    // Nothing is known yet about the time.
    expect(printed[0]).toBe('compile x: 1/100 (1 %)');
    // 10 steps in 10 seconds: 89 more take about 89.
    expect(printed[2]).toBe('compile x: 11/100 (11 %), about 1 min 29 s left');
  });

  it('goes by the pace of late: what the compile cache answered says nothing', () => {
    let now = 1_000_000;
    const printed: string[] = [];
    const line = progressLines(
      'x',
      (text) => printed.push(text),
      () => now,
    );
    for (let done = 1; done <= 400; done++) line(`[${done}/425] cached`);
    for (let done = 401; done <= 405; done++) {
      now += 20_000;
      line(`[${done}/425] compiled`);
    }
    expect(printed.at(-1)).toBe('x: 405/425 (95 %), about 6 min 40 s left');
  });

  it('is not misled by one file that takes minutes: oneDNN has some', () => {
    let now = 1_000_000;
    const printed: string[] = [];
    const line = progressLines(
      'x',
      (text) => printed.push(text),
      () => now,
    );
    for (let done = 1; done <= 61; done++) {
      now += 10_000;
      line(`[${done}/101] small`);
    }
    now += 180_000;
    line('[62/101] large');
    expect(printed.at(-1)).toBe('x: 62/101 (61 %), about 11 min 31 s left');
  });

  it('always prints the last step', () => {
    const printed: string[] = [];
    const line = progressLines(
      'x',
      (text) => printed.push(text),
      () => 5_000_000,
    );
    ['[1/3] a', '[2/3] b', '[3/3] c'].forEach(line);
    expect(printed.at(-1)).toBe('x: 3/3 (100 %), done');
  });
});

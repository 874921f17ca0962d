import { Code, FlowControl, Instruction } from './iced.ts';
import type { X86Window } from './x86-window.ts';

/** What control flow reaches in a function. */
export interface Reached {
  /** File offsets of the instructions, ascending. */
  offsets: number[];
  /** The stretches that are part of no such instruction, ascending. */
  rest: { start: number; end: number }[];
  /** The first reached offset whose bytes are not an instruction that the decoder knows. */
  undecodable: number | undefined;
}

/**
 * Follows branches from `start`. A plain sweep also decodes constants that hand-written assembly
 * keeps between its instructions; what control flow reaches is code.
 */
export function reach(window: X86Window, start: number, end: number): Reached {
  const state: State = {
    seen: new Uint8Array(end - start),
    pending: [start],
    end,
    start,
  };
  const offsets: number[] = [];
  const instruction = new Instruction();
  let undecodable: number | undefined;
  for (let from = state.pending.pop(); from !== undefined; from = state.pending.pop()) {
    const stopped = follow(window, from, state, instruction, offsets);
    if (stopped !== undefined) undecodable = Math.min(stopped, undecodable ?? stopped);
  }
  instruction.free();
  return { offsets: offsets.sort((a, b) => a - b), rest: unseen(state), undecodable };
}

/** What a byte of the function is known to be. */
const UNSEEN = 0;
const FIRST = 1;
const LATER = 2;

interface State {
  seen: Uint8Array;
  pending: number[];
  start: number;
  end: number;
}

/** Goes straight on from `from`; answers the offset of an undecodable instruction it ran into. */
function follow(
  window: X86Window,
  from: number,
  state: State,
  instruction: Instruction,
  offsets: number[],
): number | undefined {
  const decoder = window.seek(from, state.end);
  decoder.ip = BigInt(from);
  let at = from;
  while (at < state.end && state.seen[at - state.start] !== FIRST) {
    decoder.decodeOut(instruction);
    if (instruction.code === Code.INVALID) return at;
    if (at + instruction.length > state.end) return at;
    offsets.push(at);
    mark(state.seen, at - state.start, instruction.length);
    at += instruction.length;
    const flow = instruction.flowControl;
    if (branches(flow)) remember(Number(instruction.nearBranchTarget), state);
    if (ends(flow)) return undefined;
  }
  return undefined;
}

function branches(flow: FlowControl): boolean {
  return (
    flow === FlowControl.ConditionalBranch ||
    flow === FlowControl.UnconditionalBranch ||
    flow === FlowControl.Call ||
    flow === FlowControl.XbeginXabortXend
  );
}

function ends(flow: FlowControl): boolean {
  return (
    flow === FlowControl.UnconditionalBranch ||
    flow === FlowControl.IndirectBranch ||
    flow === FlowControl.Return ||
    flow === FlowControl.Exception
  );
}

function remember(target: number, state: State): void {
  if (target >= state.start && target < state.end && state.seen[target - state.start] !== FIRST) {
    state.pending.push(target);
  }
}

/** A jump behind a lock prefix makes two instructions out of the same bytes: both starts count. */
function mark(seen: Uint8Array, at: number, length: number): void {
  for (let index = at + 1; index < at + length; index++) {
    if (seen[index] === UNSEEN) seen[index] = LATER;
  }
  seen[at] = FIRST;
}

function unseen({ seen, start, end }: State): { start: number; end: number }[] {
  const stretches: { start: number; end: number }[] = [];
  let from: number | undefined;
  for (let at = start; at <= end; at++) {
    const isUnseen = at < end && seen[at - start] === UNSEEN;
    if (isUnseen) from ??= at;
    else if (from !== undefined) {
      stretches.push({ start: from, end: at });
      from = undefined;
    }
  }
  return stretches;
}

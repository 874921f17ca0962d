import { Code, FlowControl, Instruction } from 'iced-x86';
import type { X86Window } from './x86-window.ts';

/** What control flow reaches in a function. */
export interface Reached {
  /** File offsets of the instructions, ascending. */
  offsets: number[];
  /** Bytes that are part of these instructions. */
  bytes: number;
  /** The first reached offset whose bytes are no instruction that the decoder knows. */
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
    bytes: 0,
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
  return { offsets: offsets.sort((a, b) => a - b), bytes: state.bytes, undecodable };
}

interface State {
  seen: Uint8Array;
  pending: number[];
  bytes: number;
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
  let afterCall = false;
  while (at < state.end && state.seen[at - state.start] === 0) {
    decoder.decodeOut(instruction);
    // A call may never return; then whatever follows it is not reached.
    if (instruction.code === Code.INVALID) return afterCall ? undefined : at;
    if (at + instruction.length > state.end) return afterCall ? undefined : at;
    state.seen[at - state.start] = 1;
    state.bytes += instruction.length;
    offsets.push(at);
    at += instruction.length;
    const flow = instruction.flowControl;
    afterCall = flow === FlowControl.Call || flow === FlowControl.IndirectCall;
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
  if (target >= state.start && target < state.end && state.seen[target - state.start] === 0) {
    state.pending.push(target);
  }
}

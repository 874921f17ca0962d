import { Code, FlowControl, Instruction } from './iced.ts';
import type { X86Window } from './x86-window.ts';

/** Between functions linkers put nops, breakpoints and zeros. */
export const PADDING: ReadonlySet<Code> = new Set<Code>([
  ...[Code.Nopw, Code.Nopd, Code.Nopq, Code.Nop_rm16, Code.Nop_rm32, Code.Nop_rm64, Code.Int3],
  ...[Code.Add_rm8_r8, Code.Xchg_r16_AX, Code.Lea_r32_m, Code.Lea_r64_m, Code.Hlt, Code.Ud2],
]);

/** A piece of a gap between two runs of zeros. */
export interface GapBlock {
  start: number;
  end: number;
  /** It ends as code does: nothing runs on into the zeros behind it. */
  closed: boolean;
}

/**
 * Cuts a gap that does not decode as a whole at its zero padding: the sections of a file without a
 * section table, for one, stand between such zeros. Code never holds `00 00` as an instruction.
 */
export function blocksOf(
  window: X86Window,
  bytes: Uint8Array,
  start: number,
  end: number,
): GapBlock[] {
  const blocks: GapBlock[] = [];
  const instruction = new Instruction();
  const decoder = window.seek(start, end);
  let from = start;
  let closed = false;
  for (let at = start; at < end;) {
    if (bytes[at] === 0 && (at + 1 >= end || bytes[at + 1] === 0)) {
      if (at > from) blocks.push({ start: from, end: at, closed });
      while (at < end && bytes[at] === 0) at++;
      from = at;
      window.seek(at, end);
      continue;
    }
    decoder.decodeOut(instruction);
    if (!PADDING.has(instruction.code)) closed = endsCode(instruction.flowControl);
    at += instruction.length;
  }
  instruction.free();
  if (end > from) blocks.push({ start: from, end, closed });
  return blocks;
}

/** Whether bytes that decode as a whole end as code does: nothing runs on behind them. */
export function isClosed(window: X86Window, start: number, end: number): boolean {
  const instruction = new Instruction();
  const decoder = window.seek(start, end);
  let closed = false;
  for (let at = start; at < end; at += instruction.length) {
    decoder.decodeOut(instruction);
    if (!PADDING.has(instruction.code)) closed = endsCode(instruction.flowControl);
  }
  instruction.free();
  return closed;
}

/** Random bytes decode to a run of this length once in a thousand; code does so everywhere. */
const CODE_RUN = 64;
/** After bytes that are not an instruction, decoding needs a few to fall in step again. */
const OUT_OF_STEP = 8;

/**
 * The stretches of a block that can only be code: many instructions in a row without an invalid one.
 * Libraries that are delivered without symbols and unwind tables keep tables between such stretches.
 */
export function codeRuns(
  window: X86Window,
  start: number,
  end: number,
): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  const instruction = new Instruction();
  let decoder = window.seek(start, end);
  let [from, count] = [start, 0];
  let isFirst = true;
  const close = (at: number): void => {
    if (count >= CODE_RUN && at > from) runs.push({ start: from, end: at });
  };
  for (let at = start; at < end;) {
    decoder.decodeOut(instruction);
    const next = at + instruction.length;
    if (instruction.code === Code.INVALID || next > end) {
      close(at);
      isFirst = false;
      // The decoder takes bytes behind an invalid one for a part of it; code may start at any.
      [from, count] = [++at, 0];
      decoder = window.seek(at, end);
      continue;
    }
    count++;
    if (!isFirst && count === OUT_OF_STEP) from = next;
    at = next;
  }
  close(end);
  instruction.free();
  return runs;
}

/** How many instructions of some bytes `isWanted` would be, if the bytes were code. */
export function countInstructions(
  window: X86Window,
  start: number,
  end: number,
  isWanted: (code: Code) => boolean,
): number {
  const instruction = new Instruction();
  let decoder = window.seek(start, end);
  let count = 0;
  for (let at = start; at < end;) {
    decoder.decodeOut(instruction);
    if (instruction.code === Code.INVALID) decoder = window.seek(++at, end);
    else {
      at += instruction.length;
      if (at <= end && isWanted(instruction.code)) count++;
    }
  }
  instruction.free();
  return count;
}

function endsCode(flow: FlowControl): boolean {
  return (
    flow === FlowControl.Return ||
    flow === FlowControl.UnconditionalBranch ||
    flow === FlowControl.IndirectBranch ||
    flow === FlowControl.Call ||
    flow === FlowControl.Exception
  );
}

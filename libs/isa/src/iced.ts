import { createRequire } from 'node:module';
import type * as Iced from 'iced-x86';

/**
 * The decoder, loaded with `require`: for an import Node reads the megabyte of the package once more,
 * for the names of its exports, which takes 0.1 s in each process.
 */
const iced = createRequire(import.meta.url)('iced-x86') as typeof Iced;

export const { Code, CpuidFeature, Decoder, DecoderOptions, EncodingKind } = iced;
export const { FlowControl, Formatter, FormatterSyntax, Instruction } = iced;

export type Code = Iced.Code;
export type Decoder = Iced.Decoder;
export type FlowControl = Iced.FlowControl;
export type Instruction = Iced.Instruction;

import { describeError } from '@vllm-cpu/system/errors';

/** One finished or broken request. Never a header, so never a token. */
export interface RequestLine {
  method: string;
  path: string;
  /** 0 when the client went away before there was an answer. */
  status: number;
  role: string;
  milliseconds: number;
}

export interface Log {
  request(line: RequestLine): void;
  info(message: string): void;
  error(message: string, error?: unknown): void;
}

/** A log of JSON lines. */
export function createLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  const emit = (level: string, fields: object): void =>
    write(JSON.stringify({ time: now().toISOString(), level, ...fields }));
  return {
    request: (line) => emit('request', line),
    info: (message) => emit('info', { message }),
    error: (message, error) =>
      emit('error', { message, ...(error === undefined ? {} : { reason: describeError(error) }) }),
  };
}

import { createWriteStream } from 'node:fs';
import { VllmCpuError } from '../errors.ts';
import { killTree } from './process-tree.ts';
import { quoteArgv } from './quote.ts';
import { redact } from './redact.ts';

/** One child process: an argv, never a shell string. */
export interface Command {
  argv: readonly [string, ...string[]];
  cwd?: string;
  /** The child's whole environment; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  input?: string;
  /** Values that must never be seen in a log or an error. */
  secrets?: readonly string[];
  /** Full output is appended to this file, which errors name. */
  logFile?: string;
  /** Called for each complete line of stdout and stderr, already redacted. */
  onLine?: (line: string) => void;
  /** Milliseconds after which the child and everything that it started are killed. */
  timeout?: number;
  /** Aborts the child and everything that it started. */
  signal?: AbortSignal;
  /** The program is asked about itself: its answer stays the same as long as the program does. */
  about?: 'program';
}

export interface Finished {
  /** 0 on success; null where a signal ended the child. */
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Runs programs. Everything that starts a process takes one of these as a parameter. */
export interface Runner {
  /** Resolves whatever the exit status is; rejects only when the program could not be started. */
  try(command: Command): Promise<Finished>;
  /** Resolves on exit status 0, otherwise rejects with the tail of the output. */
  run(command: Command): Promise<Finished>;
}

/** The environment variables that say where programs and temporary files are, and nothing else. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** Picks an allow-list of variables from `env`; the base of every child's environment. */
export function allowedEnv(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[] = PASSED_ON,
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

const MAX_CAPTURE = 64 * 1024 * 1024;

/** The runner that starts real processes. `echo` receives each command line, quoted and redacted. */
export function createRunner(echo: (line: string) => void = () => undefined): Runner {
  const attempt = async (command: Command): Promise<Finished> => {
    const secrets = command.secrets ?? [];
    echo(redact(`$ ${quoteArgv(command.argv)}`, secrets));
    const [file, ...args] = command.argv;
    const log = command.logFile ? createWriteStream(command.logFile, { flags: 'a' }) : undefined;
    log?.write(redact(`$ ${quoteArgv(command.argv)}\n`, secrets));
    let unwatch: () => void = () => undefined;
    try {
      // Where nothing is run, as in most of what Nx asks for, it is not loaded.
      const { execa } = await import('execa');
      const child = execa(file, args, {
        reject: false,
        extendEnv: false,
        env: { ...command.env },
        stdin: command.input === undefined ? 'ignore' : 'pipe',
        maxBuffer: MAX_CAPTURE,
        stripFinalNewline: false,
        ...(command.cwd ? { cwd: command.cwd } : {}),
        ...(command.input === undefined ? {} : { input: command.input }),
      });
      unwatch = stopOn(command, () => {
        if (child.pid) killTree(child.pid);
      });
      const follow = async (stream: 'stdout' | 'stderr'): Promise<void> => {
        if (!command.onLine && !log) return;
        for await (const line of child.iterable({ from: stream })) {
          const safe = redact(String(line), secrets);
          log?.write(`${safe}\n`);
          command.onLine?.(safe);
        }
      };
      const [result] = await Promise.all([child, follow('stdout'), follow('stderr')]);
      if (result.exitCode === undefined && !result.signal) {
        throw couldNotStart(command, result.originalMessage ?? result.shortMessage ?? '');
      }
      return {
        exitCode: result.exitCode ?? null,
        signal: result.signal ?? null,
        stdout: redact(String(result.stdout ?? ''), secrets),
        stderr: redact(String(result.stderr ?? ''), secrets),
      };
    } finally {
      unwatch();
      await new Promise<void>((done) => (log ? log.end(done) : done()));
    }
  };
  return {
    try: attempt,
    run: async (command) => {
      const finished = await attempt(command);
      if (finished.exitCode !== 0) throw failed(command, finished);
      return finished;
    },
  };
}

/** `runner`, where in addition `secrets` are seen in no log and no error. */
export function redacting(runner: Runner, secrets: readonly string[]): Runner {
  const hiding = (command: Command): Command => ({
    ...command,
    secrets: [...(command.secrets ?? []), ...secrets],
  });
  return {
    try: (command) => runner.try(hiding(command)),
    run: (command) => runner.run(hiding(command)),
  };
}

/** Calls `kill` when the command's time is over or its signal says so, until what is returned is called. */
function stopOn(command: Command, kill: () => void): () => void {
  const timer = command.timeout ? setTimeout(kill, command.timeout) : undefined;
  if (command.signal?.aborted) kill();
  command.signal?.addEventListener('abort', kill, { once: true });
  return () => {
    clearTimeout(timer);
    command.signal?.removeEventListener('abort', kill);
  };
}

function couldNotStart(command: Command, reason: string): VllmCpuError {
  return new VllmCpuError({
    code: 'PROGRAM_NOT_STARTED',
    what: `could not start ${command.argv[0]}`,
    why: redact(reason, command.secrets ?? []),
    next: `Install ${command.argv[0]}, or put it on PATH.`,
  });
}

function failed(command: Command, finished: Finished): VllmCpuError {
  const status = finished.signal ? `signal ${finished.signal}` : `exit status ${finished.exitCode}`;
  const tail = `${finished.stdout}\n${finished.stderr}`.trim().split('\n').slice(-25).join('\n');
  return new VllmCpuError({
    code: 'PROGRAM_FAILED',
    what: `${redact(quoteArgv(command.argv), command.secrets ?? [])} failed with ${status}`,
    why: tail || 'It printed no output.',
    next: command.logFile ? `See the full output in ${command.logFile}.` : 'See the output above.',
  });
}

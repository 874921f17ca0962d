/** Where the counts of each project's last run are, below the workspace. */
export const RESULTS_FOLDER = 'dist/test-results';

/** The part of jest's `--json` that is read here (JsonTestResults of its documentation). */
export interface JestResults {
  testResults: readonly JestFile[];
}

export interface JestFile {
  /** Absolute path. */
  name: string;
  status: string;
  /** What failed, for a terminal; empty where nothing did. */
  message: string;
  /** Milliseconds. */
  startTime: number;
  endTime: number;
  assertionResults: readonly { status: string; fullName: string }[];
}

export interface TestCounts {
  passed: number;
  failed: number;
  /** Full names of the tests that this machine could not run; each ends with the reason. */
  skipped: string[];
}

/** A file that could not be run counts as one failure: its tests are unknown. */
export function countsOf(files: readonly JestFile[]): TestCounts {
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (status: string) => tests.filter((test) => test.status === status).length;
  const broken = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: count('passed'),
    failed: count('failed') + broken.length,
    skipped: tests
      .filter(({ status }) => ['pending', 'todo', 'skipped'].includes(status))
      .map(({ fullName }) => fullName),
  };
}

/** Of a file; one whose tests were all skipped is pending. */
const LABELS: Readonly<Record<string, string>> = { passed: 'PASS', failed: 'FAIL' };

/** The line of one file, and what failed in it. */
export function describeFile({ name, status, message, startTime, endTime }: JestFile): string {
  const seconds = ((endTime - startTime) / 1_000).toFixed(1);
  const line = `${LABELS[status] ?? 'SKIP'} ${name} (${seconds} s)\n`;
  return message ? `${line}${message}\n` : line;
}

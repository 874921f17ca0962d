import { availableParallelism } from 'node:os';

// ESM mode (NODE_OPTIONS=--experimental-vm-modules): execa and iced-x86 are ES modules, which jest's
// CommonJS mode cannot import.
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      },
    ],
  },
  testMatch: ['<rootDir>/{libs,packages,tools,e2e,benchmarks}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.workspace/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.workspace/', '<rootDir>/.nx/'],
  // One more than cores: specs wait for servers, indexes and locks.
  maxWorkers: availableParallelism() + 1,
  testSequencer: '<rootDir>/tools/workspace/longest-first.cjs',
  // Specs start real programs, on machines that may be busy; none is about time.
  testTimeout: 60_000,
};

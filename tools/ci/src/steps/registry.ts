import type { Step } from '../step.ts';

/** Every step of the workflows, in the order of a run; each is loaded when it is needed. */
export const STEPS: Readonly<Record<string, () => Promise<Step>>> = {
  'remote-cache': async () => (await import('./workspace/remote-cache.ts')).remoteCache,
  'lint-workflows': async () => (await import('./workspace/lint-workflows.ts')).lintWorkflows,
  gate: async () => (await import('./workspace/gate.ts')).gate,
  'start-ci-run': async () => (await import('./workspace/start-ci-run.ts')).startCiRun,
  affected: async () => (await import('./workspace/affected.ts')).affected,
  'pin-new': async () => (await import('./release/pin-new.ts')).pinNew,
  'plan-release': async () => (await import('./release/plan-release.ts')).planRelease,
  'build-onednn': async () => (await import('./wheel/build-onednn.ts')).buildOneDnn,
  'build-wheel': async () => (await import('./wheel/build-wheel.ts')).buildWheel,
  'verify-wheel': async () => (await import('./wheel/verify-wheel.ts')).verifyWheel,
  'install-test': async () => (await import('./wheel/install-test.ts')).installTest,
  'build-detector': async () => (await import('./wheel/build-detector.ts')).buildDetector,
  gather: async () => (await import('./wheel/gather.ts')).gather,
  'publisher-tools': async () => (await import('./release/publisher-tools.ts')).publisherTools,
  attest: async () => (await import('./wheel/attest.ts')).attest,
  publish: async () => (await import('./release/publish.ts')).publish,
  'github-release': async () => (await import('./release/github-release.ts')).githubRelease,
  'report-release': async () => (await import('./release/report-release.ts')).reportRelease,
  notify: async () => (await import('./release/notify.ts')).notify,
};

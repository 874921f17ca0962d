// The order in which jest starts specs. Two workers are busy to the end only when the longest are started first. What
// jest knows of earlier runs is not there in a fresh clone: it then goes by the size of the file, and a short
// spec that makes an environment for each Python would be the last.
const { default: Sequencer } = require('@jest/test-sequencer');

/** About a minute or more each. The first builds what others wait for, which the next two do not. */
const LONGEST = [
  ...['e2e/images.spec.ts', 'e2e/affected.spec.ts', 'e2e/unified.spec.ts', 'e2e/killed.spec.ts'],
  ...['e2e/publish-server.spec.ts', 'e2e/shared-cache.spec.ts', 'e2e/publish.spec.ts'],
  ...['packages/cpu-detect/src/python.spec.ts', 'e2e/workflow.spec.ts', 'e2e/caching.spec.ts'],
  ...['e2e/workflow-repository.spec.ts', 'e2e/ensure.spec.ts'],
  ...[
    'packages/cpu-detect/src/package.spec.ts',
    'e2e/locked-build.spec.ts',
    'e2e/bad-input.spec.ts',
  ],
];

function rank(path) {
  const known = LONGEST.findIndex((each) => path.endsWith(`/${each}`));
  if (known >= 0) return known;
  return path.includes('/e2e/') ? LONGEST.length : LONGEST.length + 1;
}

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((one, other) => rank(one.path) - rank(other.path));
  }
};

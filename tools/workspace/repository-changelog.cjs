// The changelog of the whole repository (CHANGELOG.md), written by `nx release`: Nx keeps the changes of the project
// at the root only, and every commit since the last tag is wanted.
const { default: ChangelogRenderer } = require('nx/release/changelog-renderer');

module.exports = class extends ChangelogRenderer {
  filterChanges(changes) {
    return changes;
  }
};

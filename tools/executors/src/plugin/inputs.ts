/**
 * Files of other projects that a stage's key reads and that no dependency between projects stands for.
 * The stages have hashers of their own, so these decide no cache hit: `nx affected` reads them to tell
 * which projects a change touches. See docs/affected.md.
 */
export const BUILD_INPUTS = [
  '{projectRoot}/**/*',
  // The guard in each wheel names the packages for all other CPUs.
  '{workspaceRoot}/packages/variant-*/variant.json',
] as const;

/** What an image is built from besides the wheel; `packages/images` is not a project. */
export const IMAGE_INPUTS = ['{projectRoot}/**/*', '{workspaceRoot}/packages/images/**/*'] as const;

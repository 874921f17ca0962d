// What executors.json names: batch executors, loaded when they are called.
const deferred = (name) =>
  async function* (...given) {
    const { load } = await import('../bundle/src/load.mjs');
    const { default: executor } = await load(`tools/workspace/src/executors/${name}.ts`);
    yield* executor(...given);
  };

for (const name of ['lint', 'typecheck', 'test']) exports[name] = deferred(name);

// What executors.json names: the executors, `<name>`, and their hashers, `<name>-hasher`. Nx asks for them at once
// and calls few, so a module is loaded when it is called.
const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const FOLDER = 'src/executors';

function deferred(name, path) {
  if (!existsSync(join(__dirname, path))) return;
  exports[name] = async (...given) => {
    const { load } = await import('../bundle/src/load.mjs');
    return (await load(`tools/executors/${path}`)).default(...given);
  };
}

for (const name of readdirSync(join(__dirname, FOLDER))) {
  deferred(name, `${FOLDER}/${name}/executor.ts`);
  deferred(`${name}-hasher`, `${FOLDER}/${name}/hasher.ts`);
}

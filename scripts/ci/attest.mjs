#!/usr/bin/env node
// Signs each proven wheel with the identity of this job (PEP 740): leaves <wheel>.publish.attestation
// beside it, which publish hands to the index with the wheel.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { capture, show } from '../processes.mjs';
import { step } from './step.mjs';
import { filesIn, folderOf } from './wheel-jobs.mjs';

const inputs = {
  vllmCpuIndex: {
    about: 'index that will be published to; only PyPI and TestPyPI take attestations',
  },
};

await step(
  { file: 'attest.mjs', about: 'Signs the wheels of dist/ci/proven.', inputs },
  async ({ vllmCpuIndex: index }) => {
    const wheels = filesIn(folderOf('proven'), '.whl');
    if (index && !['pypi', 'testpypi'].includes(index)) {
      console.log(`nothing is signed: ${index} takes no attestations`);
      return;
    }
    if ((await capture(['pypi-attestations', '--version'])).status !== 0) throw noProgram();
    const unsigned = wheels.filter((wheel) => !existsSync(attestationOf(wheel)));
    for (const wheel of unsigned) console.log(`signing ${basename(wheel)}`);
    const status = unsigned.length > 0 ? await show(['pypi-attestations', 'sign', ...unsigned]) : 0;
    const without = wheels.filter((wheel) => !existsSync(attestationOf(wheel)));
    if (status !== 0 || without.length > 0) throw notSigned(status, without);
    console.log(`${wheels.length} wheels have an attestation`);
  },
);

function attestationOf(wheel) {
  return `${wheel}.publish.attestation`;
}

function noProgram() {
  return new BootstrapError({
    what: 'pypi-attestations was not found',
    why: 'It signs the wheels with the identity of this job.',
    next: 'Run scripts/ci/publisher-tools.mjs first; it installs what publishing needs.',
  });
}

function notSigned(status, without) {
  return new BootstrapError({
    what: `not signed (exit status ${status}): ${without.map((wheel) => basename(wheel)).join(', ')}`,
    why: 'The job needs `permissions: id-token: write`, and Sigstore has to be in reach.',
    next: 'Re-run this job; nothing was published yet.',
  });
}

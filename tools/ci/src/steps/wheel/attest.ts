import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { ATTESTATION } from '@vllm-cpu/publish/twine-upload';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { capture, show } from '../../programs/processes.ts';
import { defineStep } from '../../step.ts';
import { filesIn, folderOf } from '../../wheels/wheel-jobs.ts';

/**
 * Signs each proven wheel with the identity of this job (PEP 740): leaves <wheel>.publish.attestation
 * beside it, which publish hands to the index with the wheel.
 */
export const attest = defineStep(
  {
    name: 'attest',
    about: 'Signs the wheels of dist/ci/proven.',
    inputs: {
      vllmCpuIndex: {
        about: 'index that will be published to; only PyPI and TestPyPI take attestations',
      },
    },
  },
  async ({ vllmCpuIndex: index }) => {
    const wheels = filesIn(folderOf('proven'), '.whl');
    if (index && !['pypi', 'testpypi'].includes(index)) {
      console.log(`nothing is signed: ${index} takes no attestations`);
      return 0;
    }
    if ((await capture(['pypi-attestations', '--version'])).status !== 0) throw noProgram();
    const unsigned = wheels.filter(isUnsigned);
    for (const wheel of unsigned) console.log(`signing ${basename(wheel)}`);
    const status = unsigned.length > 0 ? await show(['pypi-attestations', 'sign', ...unsigned]) : 0;
    const without = wheels.filter(isUnsigned);
    if (status !== 0 || without.length > 0) throw notSigned(status, without);
    console.log(`${wheels.length} wheels have an attestation`);
    return 0;
  },
);

function isUnsigned(wheel: string): boolean {
  return !existsSync(`${wheel}${ATTESTATION}`);
}

function noProgram(): VllmCpuError {
  return new VllmCpuError({
    code: 'ATTESTATIONS_MISSING',
    what: 'pypi-attestations was not found',
    why: 'It is needed to sign the wheels with the identity of this job.',
    next: 'Run the step publisher-tools first.',
  });
}

function notSigned(status: number | null, without: readonly string[]): VllmCpuError {
  const names = without.map((wheel) => basename(wheel)).join(', ');
  return new VllmCpuError({
    code: 'WHEELS_NOT_SIGNED',
    what: `not signed (exit status ${status}): ${names}`,
    why: 'The job needs `permissions: id-token: write` and access to Sigstore.',
    next: 'Re-run this job. Nothing was published.',
  });
}

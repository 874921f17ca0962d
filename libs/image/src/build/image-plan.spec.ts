import { describe, expect, it } from '@jest/globals';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { aRelease, aSubject, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { planImage } from './image-plan.ts';
import type { ImageRequest } from './image-plan.ts';

const wheel: PublishableWheel = {
  path: '/dist/vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl',
  fileName: 'vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl',
  project: 'vllm-cpu-avx512',
  version: '0.12.0',
  size: 1,
  sha256: 'ab'.repeat(32),
  metadataVersion: '2.4',
  requiresPython: '>=3.10,<3.14',
  torch: '2.9.1',
  metadata: new Uint8Array(),
};
const request = (change: Partial<ImageRequest> = {}): ImageRequest => ({
  wheel,
  from: 'verified here',
  revision: 'ef'.repeat(20),
  subject: aSubject(),
  detector: '/dist/detector.whl',
  engine: { name: 'buildah', program: '/usr/bin/buildah' },
  withInductor: false,
  rebuild: false,
  advised: 'ghcr.io/team/vllm-cpu',
  pip: undefined,
  engineWords: [],
  runtime: '/repo/packages/images/runtime',
  output: '/dist/image',
  scratch: '/task/image',
  log: '/task/image.log',
  ...change,
});
const argumentsOf = (argv: readonly string[]) =>
  argv.filter((_word, at) => argv[at - 1] === '--build-arg');

describe('the plan of an image', () => {
  it('builds on the newest Python that the wheel admits, and tells the image what it is', () => {
    expect(argumentsOf(planImage(request(), '/task').list)).toEqual([
      'BASE_IMAGE=docker.io/library/python:3.13-slim',
      'WITH_INDUCTOR=0',
      'VARIANT=avx512',
      'RELEASE=0.12.0',
      'IMAGE=ghcr.io/team/vllm-cpu',
    ]);
  });

  it('lists what is in it first, names it then, and packs that name', () => {
    const { list, name, pack, names } = planImage(request(), '/task');
    expect(list.slice(-5)).toEqual([
      ...['--output', 'type=local,dest=/task/contents', '--target=contents'],
      ...['--file=/repo/packages/images/runtime/Dockerfile', '/task/context'],
    ]);
    expect(names).toEqual(['vllm-cpu:avx512-0.12.0']);
    expect(name).toEqual(expect.arrayContaining(['--tag', names[0], '--target=runtime']));
    expect(argumentsOf(name)).toEqual(argumentsOf(list));
    expect(pack('/dist/packed').map((argv) => argv.slice(-2))).toEqual([
      ['containers-storage:localhost/vllm-cpu:avx512-0.12.0', 'dir:/dist/packed'],
    ]);
  });

  it('gives the base variant the names that the detector prints', () => {
    const variant = aVariant({ name: 'noavx512', distribution: 'vllm-cpu' });
    const subject = aSubject(aRelease(), variant);
    expect(planImage(request({ subject }), '/task').names).toEqual([
      'vllm-cpu:noavx512-0.12.0',
      'vllm-cpu:0.12.0',
    ]);
  });

  it('labels it with version, commit, source, licence and instruction sets', () => {
    expect(planImage(request(), '/task').labels).toMatchObject({
      'org.opencontainers.image.version': '0.12.0',
      'org.opencontainers.image.revision': 'ef'.repeat(20),
      'org.opencontainers.image.source': 'https://github.com/vllm-project/vllm',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'vllm-cpu.instruction-sets': 'avx512f avx512cd avx512bw avx512dq avx512vl',
    });
  });

  it('believes a base image that was named, and holds it to the Python that was named with it', () => {
    const own = { baseImage: 'registry.example.com/python:1' };
    expect(planImage(request(own), '/task')).toMatchObject({ ...own, python: undefined });
    expect(planImage(request({ ...own, python: '3.12' }), '/task').python).toBe('3.12');
  });
});

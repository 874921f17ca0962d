import { describe, expect, it } from '@jest/globals';
import { buildArgv, identifyArgv, packArgv, unpackArgv } from './engine-argv.ts';
import type { EngineBuild } from './engine-argv.ts';
import type { EngineName } from './engine.ts';

const build: EngineBuild = {
  dockerfile: '/repo/Dockerfile',
  context: '/task/context',
  target: 'runtime',
  arguments: { BASE_IMAGE: 'base:1', IMAGE: '' },
  labels: { title: 'two words' },
  secrets: { pip: '/task/pip.conf' },
  result: { tags: ['vllm-cpu:avx512-0.12.0', 'vllm-cpu:0.12.0'] },
  more: ['--network=host'],
};
const engine = (name: EngineName) => ({ name, program: `/usr/bin/${name}` });
const words = [
  ...['--network=host', '--build-arg', 'BASE_IMAGE=base:1', '--build-arg', 'IMAGE='],
  ...['--label', 'title=two words', '--secret', 'id=pip,src=/task/pip.conf'],
];
const ends = ['--target=runtime', '--file=/repo/Dockerfile', '/task/context'];
const tags = ['--tag', 'vllm-cpu:avx512-0.12.0', '--tag', 'vllm-cpu:0.12.0'];

describe('the command that builds', () => {
  it('with docker makes one plain image and loads it', () => {
    const plain = ['/usr/bin/docker', 'buildx', 'build', '--progress=plain', '--provenance=false'];
    expect(buildArgv(engine('docker'), build)).toEqual([
      ...[...plain, '--load', ...words],
      ...[...tags, ...ends],
    ]);
  });

  it.each(['podman', 'buildah'] as const)('with %s keeps steps and the health check', (name) => {
    expect(buildArgv(engine(name), build)).toEqual([
      ...[`/usr/bin/${name}`, 'build', '--format=docker', '--layers', ...words],
      ...[...tags, ...ends],
    ]);
  });

  it.each(['docker', 'podman', 'buildah'] as const)('with %s exports files only', (name) => {
    const argv = buildArgv(engine(name), {
      ...build,
      platform: 'linux/arm64',
      result: { folder: '/out' },
    });
    const text = argv.join(' ');
    expect(text).toContain(' --output type=local,dest=/out --target=runtime');
    expect(text).toContain(' --network=host --platform=linux/arm64 --build-arg');
    expect(text).not.toMatch(/--load|--tag/);
  });
});

describe('the commands that pack', () => {
  const tag = 'vllm-cpu:avx512-0.12.0';
  const pack = (name: EngineName) => packArgv(engine(name), tag, '/task', '/packed');

  it.each(['podman', 'buildah'] as const)('with %s read its storage', (name) => {
    const from = `containers-storage:localhost/${tag}`;
    expect(pack(name)).toEqual([['skopeo', 'copy', '--dest-compress', from, 'dir:/packed']]);
  });

  it('with docker ask its client for a file, whichever daemon that talks to', () => {
    const file = '/task/image.tar';
    expect(pack('docker')).toEqual([
      ['/usr/bin/docker', 'save', '--output', file, tag],
      ['skopeo', 'copy', '--dest-compress', `docker-archive:${file}`, 'dir:/packed'],
    ]);
  });
});

describe('the commands that put an image back', () => {
  const tags: [string, ...string[]] = ['vllm-cpu:noavx512-0.12.0', 'vllm-cpu:0.12.0'];
  const unpack = (name: EngineName) => unpackArgv(engine(name), tags, '/task', '/packed');
  const stored = (tag: string) => `containers-storage:localhost/${tag}`;

  it.each(['podman', 'buildah'] as const)('with %s write its storage, under every name', (name) => {
    expect(unpack(name)).toEqual(tags.map((tag) => ['skopeo', 'copy', 'dir:/packed', stored(tag)]));
    expect(identifyArgv(engine(name), tags[0])).toEqual([
      ...['skopeo', 'inspect', '--config', '--raw', stored(tags[0])],
    ]);
  });

  it('with docker give its client a file that has every name', () => {
    const file = '/task/image.tar';
    const to = ['--additional-tag=vllm-cpu:0.12.0', `docker-archive:${file}:${tags[0]}`];
    expect(unpack('docker')).toEqual([
      ['skopeo', 'copy', 'dir:/packed', ...to],
      ['/usr/bin/docker', 'load', '--input', file],
    ]);
    expect(identifyArgv(engine('docker'), tags[0])).toEqual([
      ...['/usr/bin/docker', 'image', 'inspect', '--format', '{{.Id}}', tags[0]],
    ]);
  });
});

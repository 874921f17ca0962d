import { describe, expect, it } from '@jest/globals';
import { markerHolds } from '@vllm-cpu/python/markers';
import { torchVersions } from './requirements.ts';

const torch = (text: string) => torchVersions(text, 'requirements/cpu.txt');

describe('torchVersions', () => {
  it('takes the line that applies to each platform, without the local version', () => {
    expect(
      torch(`# torch==9
-r common.txt
--extra-index-url https://index.example/torch==8
torch==2.6.0+cpu; platform_machine == "x86_64" # torch>2.6.0 is slower
torch==2.7.0; platform_system == "Darwin"
torch==2.8.0; platform_machine == 'ppc64le' or platform_machine == 'aarch64'
torchvision; platform_machine != "s390x"
`),
    ).toEqual({ 'linux-x86_64': '2.6.0', 'linux-aarch64': '2.8.0' });
  });

  it('gives null for a platform that no line applies to, and one version for a bare line', () => {
    expect(torch('torch==2.6.0; platform_machine == "x86_64"')).toEqual({
      'linux-x86_64': '2.6.0',
      'linux-aarch64': null,
    });
    expect(torch('Torch == 2.10.0')).toEqual({
      'linux-x86_64': '2.10.0',
      'linux-aarch64': '2.10.0',
    });
  });

  it.each([
    ['numpy', 'torch==<version>'],
    ['torch>=2.0', '>=2.0'],
    ['torch==2.*', '2.*'],
    ['torch', 'torch ""'],
    ['torch==2.0\ntorch==2.1', '2.0, 2.1'],
    ['torch==2.0; python_version < "3.10"', 'python_version < "3.10"'],
  ])('refuses %j, saying %s', (text, said) => {
    expect(() => torch(text)).toThrow(said);
  });
});

describe('markerHolds', () => {
  it.each([
    ['platform_machine == "x86_64"', true],
    ['platform_machine=="aarch64"', false],
    ['platform_system == "Darwin" or platform_machine != "ppc64le"', true],
    ['sys_platform == "linux" and platform_machine in "aarch64 arm64"', false],
    ['"x86" not in platform_machine', false],
    ['(os_name == "nt" or os_name == "posix") and sys_platform == "linux"', true],
    // `and` binds more tightly than `or`.
    ['os_name == "posix" or os_name == "nt" and os_name == "nt"', true],
    ['platform_system == "Darwin" and python_version < "3.9"', false],
    ['python_version < "3.9"', null],
    ['platform_machine == "x86_64" extra', null],
    ['platform_machine ==', null],
    ['(platform_machine == "x86_64"', null],
    ['platform_machine == $', null],
  ])('decides %s on x86-64 as %s', (marker, holds) => {
    expect(markerHolds(marker, 'linux-x86_64')).toBe(holds);
  });
});

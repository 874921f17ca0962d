import { describe, expect, it } from '@jest/globals';
import { imageRequirements } from './image-requirements.ts';

const requiresDist = [
  'packaging>=24',
  'torch==2.9.1; platform_machine == "x86_64"',
  'torch==2.9.1; platform_machine == "aarch64"',
  'torchvision',
  'intel-openmp==2024.2.1; platform_machine == "x86_64"',
  'numba==0.61.2; python_version > "3.9"',
  'boto3; extra == "s3"',
];
const linesOf = (change: Partial<Parameters<typeof imageRequirements>[0]> = {}) =>
  imageRequirements({ requiresDist, platform: 'linux-x86_64', embedded: false, ...change })
    .split('\n')
    .filter(Boolean);

describe('what an image installs', () => {
  it('is what the wheel requires on this platform, torch as the CPU build', () => {
    expect(linesOf()).toEqual([
      '--extra-index-url https://download.pytorch.org/whl/cpu',
      'packaging>=24',
      'torch==2.9.1+cpu; platform_machine == "x86_64"',
      'torchvision',
      'intel-openmp==2024.2.1; platform_machine == "x86_64"',
      'numba==0.61.2; python_version > "3.9"',
    ]);
  });

  it('has no +cpu on ARM up to torch 2.10, where PyTorch’s index has no such label', () => {
    expect(linesOf({ platform: 'linux-aarch64' })).toContain(
      'torch==2.9.1; platform_machine == "aarch64"',
    );
  });

  it('has +cpu on ARM from torch 2.11 on, as upstream’s requirements from 0.20 on', () => {
    expect(linesOf({ platform: 'linux-aarch64', requiresDist: ['torch==2.14.0'] })).toContain(
      'torch==2.14.0+cpu',
    );
  });

  it('asks a mirror of PyTorch’s index where one is set', () => {
    expect(linesOf({ torchIndex: 'https://mirror.example.com/cpu' })[0]).toBe(
      '--extra-index-url https://mirror.example.com/cpu',
    );
  });

  it('of the sample has no torch and what comes with it, and needs no index of it', () => {
    const all = [...requiresDist, 'torchcodec>=0.14'];
    expect(linesOf({ embedded: true, requiresDist: all })).toEqual([
      'packaging>=24',
      'intel-openmp==2024.2.1; platform_machine == "x86_64"',
      'numba==0.61.2; python_version > "3.9"',
    ]);
  });
});

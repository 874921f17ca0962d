import { z } from 'zod';
import { ENGINES } from '@vllm-cpu/registry/engine';
import { subjectOptions } from '../subject-options.ts';
import {
  dryRunOption,
  flagOption,
  jsonOption,
  targetOptions,
  textOption,
} from '../option-kinds.ts';

export const engineOption = z
  .enum(ENGINES)
  .optional()
  .describe('docker, podman or buildah; default: VLLM_CPU_ENGINE, or the first that works');

/** Nx reads 3.13 as a number, and 3.10 as 3.1. */
const pythonOption = z
  .union([z.string(), z.number()])
  .transform((given) =>
    typeof given === 'number' ? `${given}`.replace(/^3\.[12]$/, '$&0') : given,
  )
  .pipe(z.string().regex(/^3\.\d+$/, 'must be 3.N'));

export const imageOptions = targetOptions(
  'Builds the image of one wheel, judges what is in it, and packs it to be pushed.',
  {
    ...subjectOptions,
    engine: engineOption,
    baseImage: textOption(
      'base image; default: VLLM_CPU_BASE_IMAGE, or the official slim image of --python',
    ),
    python: pythonOption
      .optional()
      .describe('Python version of the image; default: the newest that the wheel supports'),
    withInductor: flagOption('put the compiler of torch.compile into the image'),
    rebuild: flagOption('build again even if nothing changed, on the current base image'),
    from: textOption(
      'take the published wheel of this index: pypi, testpypi, a name of your .pypirc, file:<folder>; default: the wheel in dist/',
    ),
    suffix: textOption(
      'with --from: .postN, .devN, aN, bN or rcN, or "highest" for the newest that is published; default: no suffix',
    ).meta({ alias: 'postfix' }),
    allowInsecure: flagOption('with --from: accept http:// to a host that is not this machine'),
    dryRun: dryRunOption,
    json: jsonOption,
  },
).refine(
  ({ from, suffix, allowInsecure }) =>
    from !== undefined || (suffix === undefined && allowInsecure === undefined),
  { message: '--suffix and --allow-insecure count only with --from' },
);

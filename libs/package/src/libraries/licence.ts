import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isAtLeast } from '@vllm-cpu/system/tool-version';
import type { CoreMetadata } from '@vllm-cpu/wheel/core-metadata';

/** Licence names of older setuptools, as SPDX identifiers. */
const SPDX: Readonly<Record<string, string>> = {
  'apache-2.0': 'Apache-2.0',
  'apache 2.0': 'Apache-2.0',
  'apache license 2.0': 'Apache-2.0',
  'apache software license': 'Apache-2.0',
  'license :: osi approved :: apache software license': 'Apache-2.0',
};

/**
 * Upstream's licence in the one form that PEP 639 knows: License-Expression and License-File under
 * Metadata-Version 2.4. setuptools before 77 writes License-File under 2.1, which the package index
 * refuses. `files` are paths below .dist-info/licenses.
 * @throws VllmCpuError LICENCE_UNKNOWN
 */
export function withLicence(metadata: CoreMetadata, files: readonly string[]): CoreMetadata {
  const expression = metadata.get('License-Expression') ?? spdxOf(metadata);
  return metadata
    .set(
      'Metadata-Version',
      isAtLeast(metadata.metadataVersion, '2.4') ? metadata.metadataVersion : '2.4',
    )
    .remove('License')
    .set('License-Expression', expression)
    .set('License-File', ...files);
}

function spdxOf(metadata: CoreMetadata): string {
  const stated = [metadata.get('License') ?? '', ...metadata.all('Classifier')];
  const known = stated.flatMap((text) => SPDX[text.trim().toLowerCase()] ?? []);
  const [only] = new Set(known);
  if (only) return only;
  throw new VllmCpuError({
    code: 'LICENCE_UNKNOWN',
    what: `unknown licence in METADATA: ${JSON.stringify(metadata.get('License') ?? '')}`,
    why: 'It is not an SPDX expression (PEP 639), and licences are never guessed.',
    next: 'Compile with setuptools 77 or later, or add the name to libs/package/src/libraries/licence.ts.',
  });
}

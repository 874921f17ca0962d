import parseSpdx from 'spdx-expression-parse';
import type { CoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { isAtLeast } from '@vllm-cpu/system/tool-version';
import { error } from '../check.ts';
import type { Finding } from '../check.ts';
import type { WheelFacts } from './wheel-facts.ts';

/** PEP 639: one form of licence, and licence files that are there. */
export function licenceFindings(
  metadata: CoreMetadata,
  facts: WheelFacts,
  place: string,
): Finding[] {
  const findings: Finding[] = [];
  const expression = metadata.get('License-Expression');
  if (expression !== undefined) {
    if (metadata.get('License') !== undefined) {
      findings.push(error(place, 'has both License and License-Expression (PEP 639)'));
    }
    for (const classifier of metadata.all('Classifier')) {
      if (!classifier.startsWith('License ::')) continue;
      findings.push(
        error(place, `${classifier} is not allowed together with License-Expression (PEP 639)`),
      );
    }
    if (!isExpression(expression)) {
      findings.push(error(place, `License-Expression ${expression} is not an SPDX expression`));
    }
  }
  // Before PEP 639 tools wrote License-File under older versions; the index refuses that.
  if (!isAtLeast(metadata.metadataVersion, '2.4')) return findings;
  const names = new Set(facts.files.map(({ name }) => name));
  for (const file of metadata.all('License-File')) {
    const path = `${facts.distInfos[0]}/licenses/${file}`;
    if (!names.has(path)) findings.push(error(path, 'is named by License-File, and missing'));
  }
  return findings;
}

/** By the grammar and the list of SPDX, which a package index checks as well (PEP 639). */
function isExpression(text: string): boolean {
  try {
    return Boolean(parseSpdx(text));
  } catch {
    return false;
  }
}

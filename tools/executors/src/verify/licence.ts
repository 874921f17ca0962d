import type { CoreMetadata } from '../wheel/core-metadata.ts';
import { error } from './check.ts';
import type { Finding } from './check.ts';
import type { WheelFacts } from './wheel-facts.ts';

/** The grammar of an SPDX expression (annex D of SPDX 2.3), not the list of its identifiers. */
const IDENTIFIER = /^(?:LicenseRef-[A-Za-z0-9.-]+|[A-Za-z0-9][A-Za-z0-9.-]*\+?)$/;

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
      findings.push(error(place, `${classifier} beside License-Expression is refused (PEP 639)`));
    }
    if (!isExpression(expression)) {
      findings.push(error(place, `License-Expression ${expression} is no SPDX expression`));
    }
  }
  // Before PEP 639 tools wrote License-File under older versions; the index refuses that.
  if (metadata.metadataVersion < '2.4') return findings;
  const names = new Set(facts.files.map(({ name }) => name));
  for (const file of metadata.all('License-File')) {
    const path = `${facts.distInfos[0]}/licenses/${file}`;
    if (!names.has(path)) findings.push(error(path, 'is named by License-File, and missing'));
  }
  return findings;
}

function isExpression(text: string): boolean {
  const words = text.replaceAll(/[()]/g, ' $& ').trim().split(/\s+/);
  let depth = 0;
  let wantsOperand = true;
  let afterWith = false;
  for (const word of words) {
    if (wantsOperand) {
      if (word === '(' && !afterWith) depth++;
      else if (IDENTIFIER.test(word) && !/^(AND|OR|WITH)$/i.test(word)) wantsOperand = false;
      else return false;
      continue;
    }
    if (word === ')') depth--;
    else if (word === 'AND' || word === 'OR' || word === 'WITH') wantsOperand = true;
    else return false;
    afterWith = word === 'WITH';
    if (depth < 0) return false;
  }
  return !wantsOperand && depth === 0;
}

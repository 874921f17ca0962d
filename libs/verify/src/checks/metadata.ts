import { readFileSync } from 'node:fs';
import { parseCoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import type { CoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { parseVersion } from '@vllm-cpu/wheel/version';
import { attempt } from '../attempt.ts';
import { error, judged, warning } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import type { VerifyContext } from '../context.ts';
import { licenceFindings } from '../facts/licence.ts';
import { CLASSIFIERS_FILE } from '../stage-files.ts';
import { twineFindings } from '../twine.ts';

const CONTENT_TYPES = ['text/markdown', 'text/x-rst', 'text/plain'];
const SUMMARY_LIMIT = 512;
const LABEL_LIMIT = 32;

/** Versions of the core metadata and the fields that each brought. */
const FIELDS: readonly (readonly [version: string, fields: readonly string[]])[] = [
  ['2.1', ['Description-Content-Type', 'Provides-Extra']],
  ['2.2', ['Dynamic']],
  ['2.3', []],
  ['2.4', ['License-Expression', 'License-File']],
  ['2.5', ['Import-Name', 'Import-Namespace']],
];
const OLDEST = ['1.0', '1.1', '1.2'];

/** What the package index accepts; https://packaging.python.org/specifications/core-metadata/. */
export const metadataCheck: Check = {
  name: 'metadata',
  programs: ['twine'],
  run: async (context) => {
    const findings: Finding[] = [];
    const place = `${context.facts.distInfos[0]}/METADATA`;
    const text = context.facts.texts.get(place);
    if (text === undefined) return judged('no METADATA', [error(place, 'is missing')]);
    const metadata = attempt(findings, place, () => parseCoreMetadata(text, place));
    if (!metadata) return judged('not readable', findings);
    const say = (message: string): number => findings.push(error(place, message));
    fieldsOfVersion(metadata).forEach(say);
    versions(metadata).forEach(say);
    summary(metadata).forEach(say);
    description(metadata).forEach(say);
    classifiers(metadata).forEach(say);
    projectUrls(metadata).forEach(say);
    requiresPython(metadata, context).forEach(say);
    findings.push(...licenceFindings(metadata, context.facts, place));
    if (metadata.description.trim() === '') {
      findings.push(warning(place, 'has no description: the project page would be empty'));
    }
    findings.push(...(await twineFindings(context)));
    return judged(`Metadata-Version ${metadata.metadataVersion}`, findings);
  },
};

function fieldsOfVersion(metadata: CoreMetadata): string[] {
  const stated = metadata.metadataVersion;
  const index = FIELDS.findIndex(([version]) => version === stated);
  if (index < 0 && !OLDEST.includes(stated)) {
    return [`Metadata-Version ${stated} is none that the package index knows`];
  }
  const present = metadata.fieldNames().map((name) => name.toLowerCase());
  return FIELDS.slice(index + 1).flatMap(([version, fields]) =>
    fields
      .filter((field) => present.includes(field.toLowerCase()))
      .map((field) => `${field} needs Metadata-Version ${version}, it states ${stated}`),
  );
}

function versions(metadata: CoreMetadata): string[] {
  const problems: string[] = [];
  const local = (version: string): string | undefined => {
    try {
      return parseVersion(version).local;
    } catch {
      problems.push(`${version} is not a PEP 440 version`);
      return undefined;
    }
  };
  if (local(metadata.version)) problems.push(`Version ${metadata.version} is local: not accepted`);
  for (const requirement of metadata.all('Requires-Dist')) {
    const [wanted] = requirement.split(';');
    if (wanted?.includes('@')) problems.push(`Requires-Dist ${requirement}: a URL is not accepted`);
    else if (
      !/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*(\[|\(|[<>=!~]|$)/.test(wanted?.trim() ?? '')
    ) {
      problems.push(`Requires-Dist ${requirement} is not a valid requirement (PEP 508)`);
    } else if (/[=<>~!]=?\s*[^\s,;)]*\+/.test(wanted ?? '')) {
      problems.push(`Requires-Dist ${requirement} asks for a local version: not accepted`);
    }
  }
  return problems;
}

function summary(metadata: CoreMetadata): string[] {
  const text = metadata.get('Summary') ?? '';
  if (text.includes('\n')) return ['Summary has more than one line'];
  if (text.length <= SUMMARY_LIMIT) return [];
  return [`Summary has ${text.length} characters, ${SUMMARY_LIMIT} are the limit`];
}

function description(metadata: CoreMetadata): string[] {
  const stated = metadata.get('Description-Content-Type');
  if (stated === undefined) return [];
  const [type, ...parameters] = stated.split(';').map((part) => part.trim().toLowerCase());
  const problems: string[] = [];
  if (!CONTENT_TYPES.includes(type ?? '')) {
    problems.push(`Description-Content-Type ${stated} is none of ${CONTENT_TYPES.join(', ')}`);
  }
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=');
    const known =
      (name === 'charset' && value === 'utf-8') ||
      (name === 'variant' && type === 'text/markdown' && /^(gfm|commonmark)$/.test(value ?? ''));
    if (!known) problems.push(`Description-Content-Type: ${parameter} is not accepted`);
  }
  return problems;
}

let known: ReadonlySet<string> | undefined;

function classifiers(metadata: CoreMetadata): string[] {
  known ??= new Set(
    (JSON.parse(readFileSync(CLASSIFIERS_FILE, 'utf8')) as { classifiers: string[] }).classifiers,
  );
  return metadata
    .all('Classifier')
    .filter((classifier) => !known?.has(classifier))
    .map((classifier) => `Classifier ${classifier} is not one of the index's`);
}

function projectUrls(metadata: CoreMetadata): string[] {
  return metadata.all('Project-URL').flatMap((value) => {
    const [, label, url] = /^([^,]*),\s*(.*)$/.exec(value) ?? [];
    if (!label || label.length > LABEL_LIMIT) {
      return [`Project-URL ${value}: a label of 1 to ${LABEL_LIMIT} characters is wanted`];
    }
    return /^https?:\/\/\S+$/.test(url ?? '') ? [] : [`Project-URL ${value} is not an http(s) URL`];
  });
}

function requiresPython(metadata: CoreMetadata, { release }: VerifyContext): string[] {
  if (!release) return [];
  const parts = (text: string): string =>
    text
      .split(',')
      .map((part) => part.replaceAll(/\s/g, ''))
      .sort()
      .join(',');
  const stated = metadata.get('Requires-Python') ?? '';
  if (parts(stated) === parts(release.source.requiresPython)) return [];
  return [
    `Requires-Python is ${stated || 'missing'}, the pin has ${release.source.requiresPython}`,
  ];
}

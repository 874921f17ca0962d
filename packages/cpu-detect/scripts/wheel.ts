import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { VllmCpuError } from '../../../tools/executors/src/system/errors.ts';
import { writeWheel } from '../../../tools/executors/src/wheel/archive-writer.ts';
import { formatHeaderBlock } from '../../../tools/executors/src/wheel/header-block.ts';
import { formatWheelMetadata } from '../../../tools/executors/src/wheel/wheel-metadata.ts';
import type {
  WheelMember,
  WrittenWheel,
} from '../../../tools/executors/src/wheel/archive-writer.ts';

/** What of pyproject.toml (PEP 621, PEP 639) enters the wheel. */
const pyproject = z.object({
  project: z.object({
    name: z.string(),
    description: z.string(),
    readme: z.string(),
    license: z.string(),
    'license-files': z.array(z.string()),
    'requires-python': z.string(),
    dependencies: z.array(z.string()).max(0, 'the detector has no dependencies'),
    keywords: z.array(z.string()),
    classifiers: z.array(z.string()),
    scripts: z.record(z.string(), z.string()),
  }),
});

type Project = z.infer<typeof pyproject>['project'];

/** Every member's time, 1980-01-01, so that the same sources give the same bytes on any day. */
const MEMBER_TIME = 315532800;

/** Semantic versions and PEP 440 agree on these only. */
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+$/;

/**
 * Writes the pure-Python wheel of the detector into `folder`, without a build backend: there is
 * nothing to compile, and the same bytes come out on every machine.
 * @throws VllmCpuError DETECTOR_VERSION
 */
export async function buildWheel(
  root: string,
  version: string,
  folder: string,
): Promise<WrittenWheel> {
  if (!VERSION.test(version)) {
    throw new VllmCpuError({
      code: 'DETECTOR_VERSION',
      what: `${version} cannot be the version of both packages`,
      why: 'npm and Python write pre-releases differently, and both packages have one version.',
      next: 'Set a version of three numbers in packages/cpu-detect/package.json.',
    });
  }
  const text = fs.readFileSync(path.join(root, 'pyproject.toml'), 'utf8');
  const { project } = pyproject.parse(parse(text));
  const stem = `${project.name.replaceAll('-', '_')}-${version}`;
  const distInfo = `${stem}.dist-info`;
  const members = [
    ...modules(path.join(root, 'python'), 'vllm_cpu_detect'),
    member(`${distInfo}/METADATA`, metadata(project, version, root)),
    member(`${distInfo}/WHEEL`, wheelFile()),
    member(`${distInfo}/entry_points.txt`, entryPoints(project)),
    ...project['license-files'].map((file) =>
      member(`${distInfo}/licenses/${file}`, fs.readFileSync(path.join(root, file), 'utf8')),
    ),
  ];
  const file = path.join(folder, `${stem}-py3-none-any.whl`);
  return writeWheel(file, members, distInfo, MEMBER_TIME);
}

function member(name: string, content: string): WheelMember {
  return { name, executable: false, content: Buffer.from(content) };
}

function modules(root: string, folder: string): WheelMember[] {
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === '__pycache__' ? [] : modules(root, name);
    if (!/\.(py|json)$/.test(name)) return [];
    return [member(name, fs.readFileSync(path.join(root, name), 'utf8'))];
  });
}

function metadata(project: Project, version: string, root: string): string {
  const fields = [
    ['Metadata-Version', '2.4'],
    ['Name', project.name],
    ['Version', version],
    ['Summary', project.description],
    ['Keywords', project.keywords.join(',')],
    ['License-Expression', project.license],
    ...project.classifiers.map((classifier) => ['Classifier', classifier]),
    ['Requires-Python', project['requires-python']],
    ['Description-Content-Type', 'text/markdown'],
    ...project['license-files'].map((file) => ['License-File', file]),
  ].map(([name = '', value = '']) => ({ name, value }));
  const body = fs.readFileSync(path.join(root, project.readme), 'utf8');
  return formatHeaderBlock({ fields, body });
}

function wheelFile(): string {
  return formatWheelMetadata({
    wheelVersion: '1.0',
    generator: 'vllm-cpu-detect',
    rootIsPurelib: true,
    build: undefined,
    tags: [{ python: 'py3', abi: 'none', platform: 'any' }],
  });
}

function entryPoints(project: Project): string {
  const lines = Object.entries(project.scripts).map(([name, target]) => `${name} = ${target}\n`);
  return `[console_scripts]\n${lines.join('')}`;
}

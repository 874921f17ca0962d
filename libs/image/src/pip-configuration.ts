import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import type { Runner } from '@vllm-cpu/system/run';

/** How pip reaches its index on this machine. */
export interface PipConfiguration {
  indexUrl: string;
  extraIndexUrls: readonly string[];
  /** URLs and local folders. */
  findLinks: readonly string[];
  trustedHosts: readonly string[];
  /** File with certificates, absolute. */
  certificates: string | null;
  noIndex: boolean;
  /** Seconds. */
  timeout: number;
}

/** pip decides: its own option defaults are its configuration files and PIP_ variables merged. */
const ASK_PIP = [
  'import json',
  'from pip._internal.commands import create_command',
  'o = create_command("install").parser.get_default_values()',
  'print(json.dumps({"indexUrl": o.index_url, "extraIndexUrls": o.extra_index_urls,',
  '  "findLinks": o.find_links, "trustedHosts": o.trusted_hosts, "certificates": o.cert,',
  '  "noIndex": o.no_index, "timeout": o.timeout}))',
].join('\n');

const answerSchema = z.strictObject({
  indexUrl: z.string(),
  extraIndexUrls: z.array(z.string()),
  findLinks: z.array(z.string()),
  trustedHosts: z.array(z.string()),
  certificates: z.string().nullable(),
  noIndex: z.boolean(),
  timeout: z.number(),
});

/** What pip of `python` is configured with; undefined where there is no pip to ask. */
export async function askPip(
  runner: Runner,
  python: string,
  env: Readonly<Record<string, string>>,
): Promise<PipConfiguration | undefined> {
  const answer = await runner.try({ argv: [python, '-c', ASK_PIP], env });
  if (answer.exitCode !== 0) return undefined;
  return parseJson(answer.stdout, answerSchema, "pip's answer");
}

/** Where the Dockerfile mounts the certificates and the packages of local folders. */
const CERTIFICATES = '/run/secrets/ca.pem';
const LINKS = '/build/links';

/** The pip.conf that the build sees: the same index, with the files at the places of the Dockerfile. */
export function pipConf(pip: PipConfiguration): string {
  const links = [...pip.findLinks.filter((link) => localFolder(link) === undefined), LINKS];
  const lines = [
    '[global]',
    `index-url = ${pip.indexUrl}`,
    `timeout = ${pip.timeout}`,
    `find-links = ${links.join('\n  ')}`,
    ...(pip.extraIndexUrls.length ? [`extra-index-url = ${pip.extraIndexUrls.join('\n  ')}`] : []),
    ...(pip.trustedHosts.length ? [`trusted-host = ${pip.trustedHosts.join('\n  ')}`] : []),
    ...(pip.certificates ? [`cert = ${CERTIFICATES}`] : []),
    ...(pip.noIndex ? ['no-index = true'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The secrets of a build whose files are in `folder`, by the name that the Dockerfile knows. */
export function pipSecrets(
  pip: PipConfiguration | undefined,
  folder: string,
): Record<string, string> {
  if (!pip) return {};
  return {
    pip: join(folder, 'pip.conf'),
    ...(pip.certificates ? { ca: pip.certificates } : {}),
  };
}

/**
 * Writes pip.conf into `folder`, readable by its owner only because an address may have a password in it,
 * and copies the packages of local find-links folders into `links`, which is made in any case.
 */
export async function writePipFiles(
  pip: PipConfiguration | undefined,
  folder: string,
  links: string,
): Promise<void> {
  await mkdir(links, { recursive: true });
  if (!pip) return;
  for (const link of pip.findLinks) {
    const local = localFolder(link);
    if (local !== undefined && existsSync(local)) await copyPackages(local, links);
  }
  await writeFile(join(folder, 'pip.conf'), pipConf(pip), { mode: 0o600 });
}

async function copyPackages(local: string, links: string): Promise<void> {
  if (!statSync(local).isDirectory()) return;
  for (const name of await readdir(local)) {
    if (/\.(whl|tar\.gz|zip)$/.test(name)) await cp(join(local, name), join(links, name));
  }
}

/** The path behind a find-links entry, undefined for an address. */
function localFolder(link: string): string | undefined {
  if (link.startsWith('file://')) return fileURLToPath(link);
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(link) ? undefined : link;
}

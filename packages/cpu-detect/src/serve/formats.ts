import { labelled } from '../render.ts';
import { count, say } from '../texts.ts';
import type { Paint } from '../render.ts';
import type { ServeAdvice } from './advice.ts';
import type { Setting } from './settings.ts';

/** A word for a POSIX shell, quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** The readable advice: placement, memory, every variable with its reason, and the command. */
export function renderServe(advice: ServeAdvice, packageName: string, paint: Paint): string {
  const { placement, kvCache, dtype } = advice;
  const parts = [
    labelled('Package', [packageName]),
    labelled('Model', [advice.model.name]),
    labelled('Data type', [`${dtype.value}: ${dtype.why}`]),
    labelled('Ranks', [`--tensor-parallel-size=${placement.tensorParallelSize}`]),
  ];
  for (const { node, cpus, threads, reserved } of placement.ranks) {
    const kept = reserved === '' ? '' : `, ${reserved} left free`;
    const bound = `CPUs ${cpus} (${count(threads, 'core')})${kept}`;
    parts.push(labelled('', [`NUMA node ${node}: ${bound}`]));
  }
  parts.push(labelled('KV cache', [`${kvCache.gib} GiB a rank: ${kvCache.arithmetic}`]));
  for (const note of advice.notes) parts.push(labelled('Note', [note]));
  parts.push('\nEnvironment\n');
  for (const { name, value, why } of advice.environment) {
    parts.push(`  ${paint(`${name}=${shellWord(value)}`)}\n      ${why}\n`);
  }
  parts.push('\nLeft out\n');
  for (const { name, why } of advice.leftOut) parts.push(`  ${name}\n      ${why}\n`);
  parts.push('\n', labelled('Bindings', say('bindingsExplained').split('\n')));
  parts.push('\n', labelled('Command', [paint(shellCommand(advice.command))]));
  parts.push(labelled('', [say('otherFormats')]));
  return parts.join('');
}

/** Lines for a POSIX shell; a variable that is set already keeps its value. */
export function renderEnv(advice: ServeAdvice): string {
  const parts = [`# ${say('envHead')}\n`];
  for (const { name, value, why } of advice.environment) {
    const escaped = value.replace(/["$`\\}]/g, '\\$&');
    const line =
      name === 'LD_PRELOAD'
        ? `export LD_PRELOAD="${escaped}\${LD_PRELOAD:+:$LD_PRELOAD}"`
        : `export ${name}="\${${name}:-${escaped}}"`;
    parts.push(`# ${why}\n${line}\n`);
  }
  parts.push(`# ${shellCommand(advice.command)}\n`);
  return parts.join('');
}

function inContainer(advice: ServeAdvice): Setting[] {
  return advice.environment.filter(({ scope }) => scope === 'everywhere');
}

/** The arguments behind `vllm serve`, which is what the image runs. */
function serverArguments(advice: ServeAdvice): string[] {
  return advice.command.slice(2);
}

/** A `docker run` command. */
export function renderDocker(advice: ServeAdvice): string {
  const { image, shmSize, capAdd, securityOpt } = advice.container;
  const lines = [
    'docker run --rm --name vllm',
    '-p 8000:8000',
    `--shm-size=${shmSize}`,
    ...capAdd.map((name) => `--cap-add=${name}`),
    ...securityOpt.map((option) => `--security-opt ${option}`),
    '-v huggingface:/models',
    ...inContainer(advice).map(({ name, value }) => `-e ${shellWord(`${name}=${value}`)}`),
    shellCommand([image, ...serverArguments(advice)]),
  ];
  return `${lines.join(' \\\n  ')}\n`;
}

/** A string for YAML and Compose, where `$` starts a variable. */
function yamlString(text: string): string {
  return JSON.stringify(text).replaceAll('$', '$$$$');
}

/** A Compose file. */
export function renderCompose(advice: ServeAdvice): string {
  const { image, shmSize, capAdd, securityOpt } = advice.container;
  const list = (items: readonly string[]) => items.map((item) => `      - ${yamlString(item)}\n`);
  return [
    'services:\n  vllm:\n',
    `    image: ${yamlString(image)}\n`,
    '    command:\n',
    ...list(serverArguments(advice)),
    '    environment:\n',
    ...inContainer(advice).map(({ name, value }) => `      ${name}: ${yamlString(value)}\n`),
    '    ports:\n      - "8000:8000"\n',
    `    shm_size: ${yamlString(shmSize)}\n`,
    '    cap_add:\n',
    ...list(capAdd),
    '    security_opt:\n',
    ...list(securityOpt),
    '    volumes:\n      - "huggingface:/models"\n',
    '    restart: "unless-stopped"\n',
    'volumes:\n  huggingface: {}\n',
  ].join('');
}

/** A word for a systemd unit, where `%` and `$` have meanings of their own (systemd.service(5)). */
function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replace(/["\\]/g, '\\$&');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? escaped : `"${escaped}"`;
}

/** A systemd service. */
export function renderSystemd(advice: ServeAdvice): string {
  const words = ['/usr/bin/env', ...advice.command].map((word) =>
    unitWord(word).replaceAll('$', '$$$$'),
  );
  return [
    '[Unit]\n',
    'Description=vLLM on CPU\n',
    'Wants=network-online.target\n',
    'After=network-online.target\n',
    '\n[Service]\n',
    ...advice.environment.map(({ name, value }) => `Environment=${unitWord(`${name}=${value}`)}\n`),
    `ExecStart=${words.join(' ')}\n`,
    'Restart=on-failure\n',
    'TimeoutStopSec=120\n',
    '\n[Install]\n',
    'WantedBy=multi-user.target\n',
  ].join('');
}

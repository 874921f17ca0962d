import fs from 'node:fs';
import path from 'node:path';

/** What is known of the model that is to be served. */
export interface Model {
  name: string;
  /** Size of the weights as stored, or as estimated from the name; null: not known. */
  weightsMib: number | null;
  weightsFrom: 'option' | 'directory' | 'name' | 'unknown';
  /** Stored type such as bfloat16; null: not known, or quantised. */
  storedType: string | null;
  attentionHeads: number | null;
  /** Longest context that the model was made for, in tokens. */
  maxPositions: number | null;
}

const WEIGHTS = /\.(safetensors|bin|pt|pth|gguf)$/;

/** Looks at a model: `weightsGib` where the user gave it, a local directory, or only the name. */
export function readModel(name: string | null, weightsGib: number | null): Model {
  const directory = name !== null && isDirectory(name) ? name : null;
  const config = directory === null ? {} : readConfig(directory);
  const [weightsMib, weightsFrom] = weightsOf(name, directory, weightsGib);
  const quantised = config['quantization_config'] !== undefined;
  const type = config['torch_dtype'] ?? config['dtype'];
  return {
    name: name ?? 'MODEL',
    weightsMib,
    weightsFrom,
    storedType: !quantised && typeof type === 'string' ? type : null,
    attentionHeads: integer(config['num_attention_heads']),
    maxPositions: integer(config['max_position_embeddings']),
  };
}

function weightsOf(
  name: string | null,
  directory: string | null,
  weightsGib: number | null,
): [number | null, Model['weightsFrom']] {
  if (weightsGib !== null) return [weightsGib * 1024, 'option'];
  const stored = directory === null ? 0 : storedMib(directory);
  if (stored > 0) return [stored, 'directory'];
  const named = nameMib(name ?? '');
  return named === null ? [null, 'unknown'] : [named, 'name'];
}

function isDirectory(name: string): boolean {
  return fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function storedMib(directory: string): number {
  const names = fs.readdirSync(directory).filter((name) => WEIGHTS.test(name));
  // Repositories may hold the same weights twice; vLLM loads the safetensors then.
  const safe = names.filter((name) => name.endsWith('.safetensors'));
  const chosen = safe.length > 0 ? safe : names;
  const bytes = chosen.reduce((sum, name) => sum + fs.statSync(path.join(directory, name)).size, 0);
  return Math.ceil(bytes / 1048576);
}

/** `...-8B`, `...-0.5b`, `...-8x7B`: billions of parameters of two bytes each. */
function nameMib(name: string): number | null {
  const match = /(?:^|[-_/])(?:([0-9]{1,3})x)?([0-9]{1,4})(?:\.([0-9]))?[bB](?![A-Za-z0-9])/.exec(
    name,
  );
  if (!match) return null;
  const tenths = Number(match[2]) * 10 + Number(match[3] ?? '0');
  const millions = tenths * 100 * Number(match[1] ?? '1');
  return Math.ceil((millions * 2000000) / 1048576);
}

function readConfig(directory: string): Record<string, unknown> {
  try {
    const text = fs.readFileSync(path.join(directory, 'config.json'), 'utf8');
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

function integer(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null;
}

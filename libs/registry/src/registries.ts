import { itemsOf } from '@vllm-cpu/system/list-items';
import { isLoopback } from '@vllm-cpu/system/loopback';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** A repository of images in a registry. */
export interface Registry {
  /** `docker.io/owner/vllm-cpu` */
  name: string;
  /** It is on this machine, where registries mostly have no certificate. */
  local: boolean;
}

/** host[:port]/path, as in distribution's reference grammar; without a tag and without a digest. */
const NAME =
  /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d+)?((?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)+)$/;

/**
 * The repositories that a comma-separated list names.
 * @throws VllmCpuError REGISTRY_NAME_INVALID
 */
export function registriesOf(list: string | undefined): Registry[] {
  return [...new Set(itemsOf(list))].map(registryNamed);
}

function registryNamed(name: string): Registry {
  const [, host = '', port] = NAME.exec(name) ?? [];
  if (host && (host.includes('.') || host.startsWith('[') || port || host === 'localhost')) {
    return { name, local: isLoopback(host) };
  }
  throw new VllmCpuError({
    code: 'REGISTRY_NAME_INVALID',
    what: `invalid image repository ${JSON.stringify(name)}`,
    why: 'The form is host/path in lower case, without https:// and without a tag.',
    next: FORMS,
  });
}

/** @throws VllmCpuError REGISTRIES_UNKNOWN */
export function requireRegistries(registries: readonly Registry[]): readonly Registry[] {
  if (registries.length > 0) return registries;
  throw new VllmCpuError({
    code: 'REGISTRIES_UNKNOWN',
    what: 'no registry given',
    next: FORMS,
  });
}

const FORMS =
  'Set VLLM_CPU_REGISTRIES or --registries, for example docker.io/<owner>/vllm-cpu,ghcr.io/<owner>/vllm-cpu (Docker Hub and GHCR).';

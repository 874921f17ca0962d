import type { Platform } from '@vllm-cpu/variant/features';

/**
 * The /proc/cpuinfo of a CPU that has exactly `features`, for upstream's cmake to read instead of the
 * host's. Upstream searches the whole text for substrings (`find_isa` in cmake/cpu_extension.cmake), so
 * nothing but the feature list may contain the name of a feature or of an architecture.
 */
export function syntheticCpuinfo(platform: Platform, features: readonly string[]): string {
  const label = platform === 'linux-x86_64' ? 'flags' : 'Features';
  const rows = [
    ['processor', '0'],
    ['model name', 'synthetic'],
    [label, features.join(' ')],
  ];
  return `${rows.map(([name, value]) => `${name}\t: ${value}`).join('\n')}\n`;
}

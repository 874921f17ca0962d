import type { AskCmake, CmakeTexts } from '@vllm-cpu/cmake/ask-cmake';
import type { CmakeAnswer } from '@vllm-cpu/cmake/cmake-answer';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { knownFeatures } from '@vllm-cpu/variant/features';
import { byVersion } from '../versions/version.ts';

/** A version that no condition of upstream's finds too old. */
export const NEWEST_GXX = '99';

/** Older than any that a condition asks for. */
const OLDEST_GXX = '1';

const PLATFORM = 'linux-x86_64';

/** A comparison with the compiler's version, as CMake writes it. */
const COMPARED =
  /CMAKE_CXX_COMPILER_VERSION\}?"?\s+VERSION_(?:GREATER_EQUAL|LESS|GREATER|LESS_EQUAL)\s+"?(\d[\d.]*)/g;

/**
 * The lowest g++ with which upstream's cmake passes all that it passes with a new one, on a CPU that has
 * everything; null where any does. With an older one it stops, or drops instruction sets with a warning.
 */
export async function gxxMinimumOf(
  texts: CmakeTexts,
  ask: AskCmake,
  flagsOf: (answer: CmakeAnswer) => readonly string[],
): Promise<string | null> {
  const flags = async (gxx: string): Promise<string> => {
    try {
      const features = knownFeatures(PLATFORM);
      return flagsOf(await ask({ platform: PLATFORM, features, gxx })).join(' ');
    } catch (error) {
      if (error instanceof VllmCpuError && error.code === 'UPSTREAM_CMAKE') return 'refused';
      throw error;
    }
  };
  const all = await flags(NEWEST_GXX);
  const named = Object.values(texts).flatMap((text) =>
    [...text.matchAll(COMPARED)].map(([, version]) => version ?? ''),
  );
  for (const gxx of [OLDEST_GXX, ...[...new Set(named)].sort(byVersion)]) {
    if ((await flags(gxx)) === all) return gxx === OLDEST_GXX ? null : gxx;
  }
  return null;
}

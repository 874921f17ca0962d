import type { Release } from '@vllm-cpu/sources/release';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';

/** Everything that packaging one wheel depends on; resolved once, frozen by the caller. */
export interface PackagePlan {
  /** Upstream's own wheel, absolute; of a sum that of its lowest level. Never changed. */
  compiledWheel: string;
  /** Of a sum: the wheels of its other compiles, by short name of the level, lowest first. */
  higherLevels?: readonly CompiledLevel[] | undefined;
  variant: Variant;
  /** All variants, for the guard's advice. */
  variants: readonly Variant[];
  release: Release;
  platform: Platform;
  /** .postN, .devN, aN, bN or rcN. */
  suffix?: string | undefined;
  /** The variant's README.md, Markdown. */
  readme: string;
  /** Gets exactly one wheel, absolute. */
  outDir: string;
  /** For temporary files, absolute; what is made there is removed. */
  workDir: string;
  /** The whole environment of the tools: an allow-list's result with PATH. */
  env: Readonly<Record<string, string>>;
  /** Seconds since 1970 UTC, the time of every file in the wheel. */
  sourceDateEpoch: number;
  /** Distribution whose machine code is the same at this release, where the pin records one. */
  equivalentTo?: string | undefined;
  /** Directories searched for libraries before the system's, absolute: LIBRARY_PATH. */
  libraryDirs?: readonly string[] | undefined;
  /** Version of the torch that was compiled against; the pin's where nothing else is said. */
  builtWithTorch?: string | undefined;
}

/** What the compile of one level left. */
export interface CompiledLevel {
  /** Short name of the variant. */
  level: string;
  /** Absolute. Never changed. */
  compiledWheel: string;
}

/** A package of the build host's distribution. */
export interface SystemPackage {
  name: string;
  version: string;
  kind: 'deb' | 'rpm';
  /** ID of /etc/os-release: debian, ubuntu, fedora. */
  vendor: string;
}

/** A library of the build host that was put into the wheel. */
export interface VendoredLibrary {
  /** The name that was needed: `libnuma.so.1`. */
  soname: string;
  /** Its path in the wheel. */
  path: string;
  /** SHA-256 of the file on the build host. */
  sha256: string;
  /** The system's package and its version, where one owns the file. */
  package: SystemPackage | undefined;
  /** Licence texts, as paths below .dist-info/licenses. */
  licences: readonly string[];
}

/** A wheel file that was written. */
export interface WrittenWheel {
  path: string;
  fileName: string;
  distribution: string;
  /** Public version, suffix included. */
  version: string;
  /** `cp38-abi3-manylinux_2_28_x86_64` */
  tag: string;
  /** Of the file, hexadecimal. */
  sha256: string;
  /** Bytes of the file. */
  size: number;
}

/** One that was made from a compiled wheel. */
export interface PackagedWheel extends WrittenWheel {
  vendored: readonly VendoredLibrary[];
}

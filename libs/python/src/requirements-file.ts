import type { Platform } from '@vllm-cpu/variant/features';
import { markerHolds } from './markers.ts';

/** A line of a pip requirements file that names a package. */
export interface Requirement {
  /** PEP 503 normalised. */
  name: string;
  /** Version specifier as written: `==2.9.1+cpu`, `>=77.0.3,<81`; may be empty. */
  specifier: string;
  /** Environment marker as written; empty where there is none. */
  marker: string;
}

/** The requirement lines of a pip requirements file; options, includes and URLs are left out. */
export function parseRequirements(text: string): Requirement[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .flatMap((line) => {
      const parts = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;@]*?)\s*(?:;(.*))?$/.exec(line);
      if (!parts) return [];
      const [, name = '', specifier = '', marker = ''] = parts;
      return [{ name: name.toLowerCase().replace(/[-_.]+/g, '-'), specifier, marker }];
    });
}

/**
 * Those that apply on `platform`, for `python` (X.Y.Z) where one is given; a marker that these do not
 * decide counts as applying.
 */
export function requirementsOn(text: string, platform: Platform, python?: string): Requirement[] {
  return parseRequirements(text).filter(
    ({ marker }) => marker.trim() === '' || markerHolds(marker, platform, python) !== false,
  );
}

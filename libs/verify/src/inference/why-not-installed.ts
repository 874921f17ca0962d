import type { Finished } from '@vllm-cpu/system/run';

/** Requests, urllib3 and pip where nobody answered; pip retries before it gives up. */
const OUT_OF_REACH =
  /NewConnectionError|Max retries exceeded|ConnectionResetError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|SSLError|Temporary failure in name resolution|Connection refused|Network is unreachable/;

/** What pip says where no index has a version that fits. */
const NOT_TO_BE_HAD = /No matching distribution found for (\S+)/;

const DISK_FULL = /No space left on device/;

/**
 * Why an installation that failed says nothing about the wheel, in words; undefined where it does, as with
 * requirements that contradict each other.
 */
export function whyNotInstalled({ stdout, stderr, signal }: Finished): string | undefined {
  const said = `${stdout}\n${stderr}`;
  if (signal) return `pip was ended by ${signal}, or took more than an hour`;
  if (DISK_FULL.test(said)) return 'the disk has no room for the dependencies';
  const missing = NOT_TO_BE_HAD.exec(said)?.[1];
  const unreached = OUT_OF_REACH.test(said) ? ' (an index is out of reach)' : '';
  if (missing) return `no index that pip is configured with has ${missing}${unreached}`;
  // A warning about one index is not a reason: the error may be another one.
  const error = said.slice(Math.max(0, said.search(/^ERROR/m)));
  return OUT_OF_REACH.test(error) ? 'a package index is out of reach' : undefined;
}

const MIB = 1024 * 1024;

/** Bytes for a reader: `34.6 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < MIB) return `${(bytes / 1024).toFixed(1)} KiB`;
  return bytes < 1024 * MIB
    ? `${(bytes / MIB).toFixed(1)} MiB`
    : `${(bytes / 1024 / MIB).toFixed(1)} GiB`;
}

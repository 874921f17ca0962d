interface SectionHeader {
  /** File offset of the entry in the section table. */
  header: number;
  flags: bigint;
}

/** The first entry of a 64-bit file's section table that is marked executable. */
export function executableSectionOf(module: Buffer): SectionHeader {
  const table = Number(module.readBigUInt64LE(40));
  for (let index = 0; index < module.readUInt16LE(60); index++) {
    const header = table + 64 * index;
    const flags = module.readBigUInt64LE(header + 8);
    if ((flags & 4n) !== 0n) return { header, flags };
  }
  throw new Error('no section is executable');
}

const PT_DYNAMIC = 2;
const DT_VERNEEDNUM = 0x6fffffffn;

/** The same 64-bit file with DT_VERNEEDNUM 0; glibc loads it no differently. */
export function withoutNeedCount(module: Buffer): Buffer {
  const changed = Buffer.from(module);
  const table = Number(module.readBigUInt64LE(32));
  for (let index = 0; index < module.readUInt16LE(56); index++) {
    const header = table + 56 * index;
    if (module.readUInt32LE(header) !== PT_DYNAMIC) continue;
    const start = Number(module.readBigUInt64LE(header + 8));
    const end = start + Number(module.readBigUInt64LE(header + 32));
    for (let at = start; at < end; at += 16) {
      if (module.readBigUInt64LE(at) === DT_VERNEEDNUM) changed.writeBigUInt64LE(0n, at + 8);
    }
  }
  return changed;
}

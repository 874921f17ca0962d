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

/** The code stands behind its section and its segment, where the page that is mapped goes on. */
export function intoPageSlack(module: Buffer): Buffer {
  const { header } = executableSectionOf(module);
  const changed = Buffer.from(module);
  const start = Number(module.readBigUInt64LE(header + 24));
  const end = start + Number(module.readBigUInt64LE(header + 32));
  module.copy(changed, end + 64, start, end);
  return changed.fill(0xc3, start, end);
}

const PT_DYNAMIC = 2;
const DT_VERNEEDNUM = 0x6fffffffn;

/** The same 64-bit file with DT_VERNEEDNUM 0; glibc loads it no differently. */
export function withoutNeedCount(module: Buffer): Buffer {
  const changed = Buffer.from(module);
  const header = dynamicSegmentOf(module);
  const start = Number(module.readBigUInt64LE(header + 8));
  const end = start + Number(module.readBigUInt64LE(header + 32));
  for (let at = start; at < end; at += 16) {
    if (module.readBigUInt64LE(at) === DT_VERNEEDNUM) changed.writeBigUInt64LE(0n, at + 8);
  }
  return changed;
}

/** PT_DYNAMIC states the offset of an empty table; glibc goes by its address, which is right. */
export function withDecoyDynamic(module: Buffer): Buffer {
  const changed = Buffer.concat([module, Buffer.alloc(1024)]);
  changed.writeBigUInt64LE(BigInt(module.length), dynamicSegmentOf(module) + 8);
  return changed;
}

/** File offset of the program header that names the dynamic table. */
function dynamicSegmentOf(module: Buffer): number {
  const table = Number(module.readBigUInt64LE(32));
  for (let index = 0; index < module.readUInt16LE(56); index++) {
    const header = table + 56 * index;
    if (module.readUInt32LE(header) === PT_DYNAMIC) return header;
  }
  throw new Error('no dynamic table');
}

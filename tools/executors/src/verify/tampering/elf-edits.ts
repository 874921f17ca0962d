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

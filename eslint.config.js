import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import boundaries from './boundaries.js';

export default tseslint.config(
  {
    ignores: ['**/dist/', '**/node_modules/', '.workspace/', '.nx/', 'packages/upstream/sample*/'],
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  prettier,
  ...boundaries,
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // Jest takes a regular expression for an object without properties, which every text matches.
    files: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.property.name=/^to(MatchObject|Equal|StrictEqual)$/] Property > Literal[regex]',
          message: 'It matches everything here: expect.stringMatching(...).',
        },
      ],
    },
  },
  {
    // Stages are given their environment: a stray variable must not change a build.
    files: ['libs/{compile,package,verify,publish,wheel,elf,isa,variant,index,github}/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Stages take their environment as a value.',
        },
        { object: 'process', property: 'chdir', message: 'Stages never change directory.' },
      ],
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      globals: {
        require: 'readonly',
        exports: 'readonly',
        module: 'readonly',
        process: 'readonly',
        __dirname: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly' },
    },
  },
);

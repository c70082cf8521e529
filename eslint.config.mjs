import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { style } from './tools/lint/style.mjs';

/** Who may import whom: docs/architecture.md, "Parts". */
const libs = {
  core: [],
  'chat-storage': ['core'],
  'cloud-storage': ['core'],
  'vault-engine': ['core', 'chat-storage', 'cloud-storage'],
  'live-sync': ['core', 'chat-storage'],
  'entity-sync': ['core', 'cloud-storage'],
  'chat-sync': [
    'core',
    'chat-storage',
    'cloud-storage',
    'vault-engine',
    'entity-sync',
    'live-sync',
  ],
};
const allLibs = Object.keys(libs);
const apps = {
  app: allLibs,
  server: [...allLibs, 'sync-server'],
  // Its tests run the client against it, beside a vault.
  'sync-server': ['core', 'chat-storage', 'cloud-storage', 'vault-engine', 'live-sync'],
  benchmarks: [...allLibs, 'server', 'sync-server'],
  e2e: [...allLibs, 'server', 'sync-server'],
  tools: [],
};
const withAngular = ['chat-sync', 'app'];

const types = (names) => names.map((name) => `type:${name}`);
const depConstraints = Object.entries({ ...libs, ...apps }).map(([name, others]) => ({
  sourceTag: `type:${name}`,
  onlyDependOnLibsWithTags: types([name, ...others]),
  bannedExternalImports: withAngular.includes(name) ? [] : ['@angular/*'],
}));

export default [
  ...nx.configs['flat/base'],
  ...nx.configs['flat/typescript'],
  ...nx.configs['flat/javascript'],
  prettier,
  {
    ignores: [
      '**/dist',
      '**/node_modules',
      '**/.angular',
      '**/.nx',
      '**/test-results',
      '**/playwright-report',
      '**/tmp',
    ],
  },
  {
    files: ['**/*.ts', '**/*.mts', '**/*.mjs', '**/*.js'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          // The engine is loaded when the first sync needs it; its types and errors are not.
          checkDynamicDependenciesExceptions: ['.*'],
          // Tests of the engine run over the services that the drivers are tested with.
          allow: [
            '^.*/eslint(\\.base)?\\.config\\.[cm]?[jt]s$',
            '^.*/vitest\\.base(\\.ts)?$',
            '^.*/cloud-storage/peers/.*$',
          ],
          depConstraints,
        },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, argsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['**/idb/**', '**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'idb', message: 'Only the idb entry points know IndexedDB.' }] },
      ],
    },
  },
  ...style,
];

/** Add this in the libraries that must run the same way twice. */
export { deterministicStyle } from './tools/lint/style.mjs';

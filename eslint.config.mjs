import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';

/** Who may import whom: docs/architecture.md, "Parts". */
const may = {
  core: [],
  'chat-storage': ['core'],
  'cloud-storage': ['core'],
  'vault-engine': ['core', 'chat-storage', 'cloud-storage'],
  'chat-sync': ['core', 'chat-storage', 'cloud-storage', 'vault-engine'],
};
const withoutAngular = ['core', 'chat-storage', 'cloud-storage', 'vault-engine'];

export default [
  ...nx.configs['flat/base'],
  ...nx.configs['flat/typescript'],
  ...nx.configs['flat/javascript'],
  prettier,
  { ignores: ['**/dist', '**/node_modules', '**/.angular', '**/.nx', '**/test-results', '**/tmp'] },
  {
    files: ['**/*.ts', '**/*.mts', '**/*.mjs', '**/*.js'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          allow: ['^.*/eslint(\\.base)?\\.config\\.[cm]?[jt]s$', '^.*/vitest\\.base(\\.ts)?$'],
          depConstraints: [
            ...Object.entries(may).map(([name, others]) => ({
              sourceTag: `type:${name}`,
              onlyDependOnLibsWithTags: [`type:${name}`, ...others.map((other) => `type:${other}`)],
              ...(withoutAngular.includes(name) ? { bannedExternalImports: ['@angular/*'] } : {}),
            })),
            {
              sourceTag: 'type:app',
              onlyDependOnLibsWithTags: Object.keys(may).map((name) => `type:${name}`),
            },
          ],
        },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    },
  },
];

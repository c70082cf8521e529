import nx from '@nx/eslint-plugin';
import base from '../../eslint.config.mjs';

export default [
  ...base,
  ...nx.configs['flat/angular'],
  ...nx.configs['flat/angular-template'],
  {
    files: ['**/*.ts'],
    rules: {
      '@angular-eslint/component-selector': [
        'error',
        { type: 'element', prefix: 'cv', style: 'kebab-case' },
      ],
      '@angular-eslint/prefer-on-push-component-change-detection': 'off',
    },
  },
  // The guide's tests import the package as an application does.
  { files: ['testing/src/guide.spec.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
];

import base from '../../eslint.config.mjs';

export default [
  ...base,
  // The reference is IndexedDB as such, without the storage that is measured against it.
  { files: ['src/page/bare-rows.ts'], rules: { 'no-restricted-imports': 'off' } },
];

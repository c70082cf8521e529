import { defineConfig } from 'vitest/config';
import { alias } from '../../vitest.base.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  test: {
    name: 'vault-engine',
    environment: 'node',
    // Scenarios and crash points are many small runs; a busy machine must not fail them.
    testTimeout: 60_000,
    include: ['src/**/*.spec.ts'],
    exclude: ['src/**/*.browser.spec.ts'],
  },
});

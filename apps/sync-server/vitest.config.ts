import { defineConfig } from 'vitest/config';
import { alias } from '../../vitest.base.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  test: {
    name: 'sync-server',
    environment: 'node',
    include: ['src/**/*.spec.ts'],
    // The first start of PGlite in a process compiles it.
    hookTimeout: 60_000,
    testTimeout: 60_000,
  },
});

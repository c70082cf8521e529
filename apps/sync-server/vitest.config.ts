import { defineConfig } from 'vitest/config';
import { alias } from '../../vitest.base.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  test: {
    name: 'sync-server',
    environment: 'node',
    include: ['src/**/*.spec.ts'],
    globalSetup: ['src/testing/global-setup.ts'],
    // The databases are in one cluster, where an open transaction of one holds back the changes of all.
    fileParallelism: false,
    // The first start of PGlite in a process compiles it.
    hookTimeout: 60_000,
    testTimeout: 60_000,
  },
});

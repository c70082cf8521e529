import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  test: { name: 'messenger-server', environment: 'node', include: ['src/**/*.spec.ts'] },
});

import { defineConfig } from 'vitest/config';
import { alias } from '../../vitest.base.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  test: {
    name: 'live-sync',
    environment: 'node',
    include: ['src/**/*.spec.ts', 'openapi/**/*.spec.ts'],
    exclude: ['src/**/*.browser.spec.ts'],
  },
});

import { defineConfig } from 'vitest/config';
import { alias } from '../../vitest.base.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  test: { name: 'messenger-server', environment: 'node', include: ['src/**/*.spec.ts'] },
});

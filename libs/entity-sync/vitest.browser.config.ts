import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { alias, chromium } from '../../vitest.base.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  optimizeDeps: { include: ['idb', 'rxjs', 'uuid'] },
  test: {
    name: 'entity-sync:browser',
    include: ['src/**/*.browser.spec.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath: chromium, args: ['--no-sandbox'] },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
});

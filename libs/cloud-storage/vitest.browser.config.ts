import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { alias, chromium } from '../../vitest.base.ts';
import { redirectPage } from './peers/service/redirect-page.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  plugins: [redirectPage()],
  test: {
    name: 'cloud-storage:browser',
    include: ['src/**/*.browser.spec.ts'],
    globalSetup: ['peers/global-setup.ts', 'peers/odd-setup.ts', 'peers/service/browser-setup.ts'],
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

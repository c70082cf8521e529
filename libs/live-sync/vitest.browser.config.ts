import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { alias, chromium } from '../../vitest.base.ts';
import { syncServerPlugin } from './src/simulation/sync-server-plugin.ts';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { alias },
  // The script of a service worker stands in a folder, and is to speak for the whole origin.
  server: { headers: { 'Service-Worker-Allowed': '/' } },
  plugins: [syncServerPlugin()],
  optimizeDeps: { include: ['eventsource-parser', 'idb', 'rxjs', 'uuid', 'valibot'] },
  test: {
    name: 'live-sync:browser',
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

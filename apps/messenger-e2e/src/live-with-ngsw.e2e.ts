import { execFile } from 'node:child_process';
import { cp, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test as live } from './support/live-test.ts';

const angularWorker = dirname(
  createRequire(import.meta.url).resolve('@angular/service-worker/package.json'),
);

/** What Angular's service worker keeps: the app itself. */
const KEPT = {
  index: '/index.html',
  assetGroups: [
    {
      name: 'app',
      installMode: 'prefetch',
      resources: { files: ['/index.html', '/*.js', '/*.css'] },
    },
  ],
};

/** The messenger as an application whose one worker script is Angular's with ours behind it. */
async function addAngularWorker(app: string): Promise<void> {
  await cp(join(angularWorker, 'ngsw-worker.js'), join(app, 'ngsw-worker.js'));
  await rename(join(app, 'live-worker.js'), join(app, 'live-part.js'));
  await writeFile(
    join(app, 'live-worker.js'),
    "importScripts('./ngsw-worker.js', './live-part.js');\n",
  );
  const folder = dirname(app);
  await writeFile(join(folder, 'ngsw-config.json'), JSON.stringify(KEPT));
  const make = [join(angularWorker, 'ngsw-config.js'), basename(app), 'ngsw-config.json'];
  await promisify(execFile)(process.execPath, make, { cwd: folder });
}

const test = live.extend({
  appFolder: async ({ appFolder }, use, testInfo) => {
    const app = testInfo.outputPath('app');
    await cp(appFolder, app, { recursive: true });
    await addAngularWorker(app);
    await use(app);
  },
});

test('the service worker of Angular keeps the app, while ours in the same script holds the connection', async ({
  openPerson,
  place,
}) => {
  const ann = await openPerson('Ann', { serviceWorkers: 'allow' });
  await ann.beginWith('Bob');
  await ann.device.messenger.send('Hello Bob');
  const { page, messenger, context } = ann.device;
  const streams: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/sync/live')) streams.push(request.url());
  });
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect(async () => {
    const state = await page.evaluate(async () => (await fetch('/ngsw/state')).text());
    expect(state).toContain('Driver state: NORMAL');
  }).toPass();
  // A worker that is late, as on a busy machine, finds the connection held by the tab.
  await expect(async () => {
    streams.length = 0;
    await page.reload();
    await ann.expectAllSent();
    expect(streams).toEqual([]);
  }).toPass();
  const bob = await openPerson('Bob');
  await bob.device.messenger.openConversation('Ann');
  await bob.device.messenger.send('By way of the worker');
  await expect(messenger.message('By way of the worker')).toBeVisible();
  await messenger.send('Out by the worker');
  await expect(bob.device.messenger.message('Out by the worker')).toBeVisible();
  expect(streams).toEqual([]);

  // Now the tab asks for the stream, and Angular's worker, woken by whatever else it asks for, lets it through.
  const devtools = await context.newCDPSession(page);
  await devtools.send('ServiceWorker.enable');
  await devtools.send('ServiceWorker.stopAllWorkers');
  await expect.poll(() => streams.length).toBe(1);
  await bob.device.messenger.send('Past the worker');
  await expect(messenger.message('Past the worker')).toBeVisible();

  await place.stop();
  await page.reload();
  await expect(messenger.message('Past the worker')).toBeVisible();
});

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { chromium } from 'playwright';
import { type Benchmark } from './benchmark.ts';
import { type PageBenchmarks } from './page/reachable.ts';

/** Benchmarks in a Chromium that is open until `close`. */
export interface OpenPageBenchmarks {
  readonly benchmarks: readonly Benchmark[];
  /** Name and version of the browser. */
  readonly browser: string;
  close(): Promise<void>;
}

/** Opens the bundled `program` in a fresh page of a real origin, as IndexedDB needs one; the page can fetch `corpus`. */
export async function openPageBenchmarks(
  program: string,
  corpus: string,
): Promise<OpenPageBenchmarks> {
  const server = createServer(async (request, response) => {
    const isProgram = request.url === '/program.mjs';
    response.setHeader('Content-Type', isProgram ? 'text/javascript' : 'text/html');
    if (request.url === '/corpus') response.end(corpus);
    else response.end(isProgram ? await readFile(program) : PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => 'pageBenchmarks' in globalThis);
  const names = await page.evaluate(() => reach().names);
  return {
    benchmarks: names.map((name) => ({
      name,
      run: ({ seed, isWholeCorpus }) =>
        page.evaluate(([wanted, given]) => reach().run(wanted, given), [
          name,
          { seed, isWholeCorpus },
        ] as const),
    })),
    browser: `Chromium ${browser.version()}`,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

const PAGE = `<!doctype html><title>benchmarks</title>
<script>function reach() { return globalThis.pageBenchmarks; }</script>
<script type="module" src="/program.mjs"></script>`;

/** Runs in the page, where the HTML declares it. */
declare function reach(): PageBenchmarks;

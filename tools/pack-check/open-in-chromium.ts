import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import express from 'express';
import { chromium } from 'playwright';

/**
 * Serves `folder`, opens it in Chromium, and gives what the page's `output` element says.
 * @throws Error with everything the page printed when it does not say anything in 30 s.
 */
export async function openInChromium(folder: string): Promise<string> {
  const server = await serve(folder);
  const executablePath = process.env['CHROMIUM_PATH'];
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox'],
  });
  const printed: string[] = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => printed.push(message.text()));
    page.on('pageerror', (error) => printed.push(`${error}`));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    return await page.locator('output:not(:empty)').innerText();
  } catch (error) {
    throw new Error(`the application says nothing; it printed:\n${printed.join('\n')}`, {
      cause: error,
    });
  } finally {
    await browser.close();
    server.close();
  }
}

async function serve(folder: string): Promise<Server> {
  const server = createServer(express().use(express.static(folder)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

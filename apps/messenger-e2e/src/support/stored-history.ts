import { join } from 'node:path';
import type * as Idb from '@chat-vault/chat-storage/idb';
import { type Page } from '@playwright/test';
import { build } from 'esbuild';

/** Everything a device has stored, sorted, with payloads as text: equal on two devices when they hold the same. */
export interface StoredHistory {
  readonly messages: readonly StoredMessage[];
  /** Tombstones, reactions and clearings, as canonical JSON. */
  readonly others: readonly string[];
}

/** One stored message. */
export interface StoredMessage {
  readonly conversationUrn: string;
  readonly sentTimestamp: string;
  readonly id: string;
  readonly senderId: string;
  readonly payload: string;
  readonly stamp: string;
  readonly tags: readonly string[];
}

const workspace = join(import.meta.dirname, '../../../..');
let bundle: Promise<string> | undefined;

/** What the app has in its database, read through the library of its own in the page, as another tab would. */
export async function readStoredHistory(page: Page, name = 'messenger'): Promise<StoredHistory> {
  bundle ??= bundleStorage();
  if (!(await page.evaluate(() => 'chatStorageUnderTest' in globalThis))) {
    await page.addScriptTag({ content: await bundle });
  }
  return page.evaluate(readHere, name);
}

/** The library as one script that sets a global. */
async function bundleStorage(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { openIdbChatStorage } from '@chat-vault/chat-storage/idb';`,
      resolveDir: workspace,
    },
    tsconfig: join(workspace, 'tsconfig.base.json'),
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'chatStorageUnderTest',
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

/** Runs in the page. */
async function readHere(name: string): Promise<StoredHistory> {
  const { openIdbChatStorage } = (
    globalThis as unknown as { readonly chatStorageUnderTest: typeof Idb }
  ).chatStorageUnderTest;
  const storage = await openIdbChatStorage({ name });
  const messages: StoredMessage[] = [];
  const others: string[] = [];
  for await (const content of storage.exportAll()) {
    for (const { payloadBytes, tags = [], ...message } of content.messages) {
      const { conversationUrn, sentTimestamp, id, senderId, stamp } = message;
      const payload = new TextDecoder().decode(payloadBytes);
      messages.push({ conversationUrn, sentTimestamp, id, senderId, payload, stamp, tags });
    }
    for (const record of [...content.tombstones, ...content.reactions, ...content.cleared]) {
      others.push(JSON.stringify(Object.entries(record).sort()));
    }
  }
  await storage.close();
  return { messages, others: others.sort() };
}

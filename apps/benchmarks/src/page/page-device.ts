import { type ChatStorage } from '@chat-vault/chat-storage';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type ChatMessage } from '@chat-vault/core';
import { ChatVaultEngine } from '@chat-vault/vault-engine';

/** A device with a database of its own in this page's IndexedDB. */
export interface PageDevice {
  readonly storage: ChatStorage;
  readonly engine: ChatVaultEngine;
}

/** Opens a new device over a cloud; `destroy` of its storage ends it. */
export async function openPageDevice(cloud: CloudStorage): Promise<PageDevice> {
  const storage = await openIdbChatStorage({ name: `bench-${crypto.randomUUID()}` });
  return { storage, engine: new ChatVaultEngine({ storage, cloud }) };
}

/** A cloud that holds the messages as a first backup writes them. */
export async function backUpAll(messages: readonly ChatMessage[]): Promise<MemoryCloud> {
  const cloud = memoryCloud();
  const { storage, engine } = await openPageDevice(cloud);
  await saveAll(storage, messages);
  await engine.sync();
  await storage.destroy();
  return cloud;
}

/** Saves messages in portions that a person's import would have too. */
export async function saveAll(
  storage: ChatStorage,
  messages: readonly ChatMessage[],
): Promise<void> {
  for (let start = 0; start < messages.length; start += 2_000)
    await storage.save(messages.slice(start, start + 2_000));
}

/** Brings every month here. */
export async function restoreAll({ engine }: PageDevice): Promise<void> {
  await engine.restoreAll();
}

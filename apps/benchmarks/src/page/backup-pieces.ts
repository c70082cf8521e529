import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type ChatMessage, type CodecContext, gzipCodec, type VaultCodec } from '@chat-vault/core';
import { ChatVaultEngine } from '@chat-vault/vault-engine';
import { saveAll } from './page-device.ts';

/** What a device encodes at once: a file, or a segment of one. */
export interface BackupPiece {
  readonly json: unknown;
  readonly context: CodecContext;
}

/** Backups after the first one, and the messages of each. */
const LATER = { backups: 100, messages: 3 };

/** All that a device encodes when it backs up a history, and then what is written next, a few messages at a time. */
export async function backupPieces(
  messages: readonly ChatMessage[],
): Promise<readonly BackupPiece[]> {
  const pieces: BackupPiece[] = [];
  const storage = await openIdbChatStorage({ name: `bench-${crypto.randomUUID()}` });
  const codec = recordingCodec(pieces);
  const engine = new ChatVaultEngine({ storage, cloud: memoryCloud(), codec });
  const first = messages.length - LATER.backups * LATER.messages;
  await saveAll(storage, messages.slice(0, first));
  await engine.sync();
  for (let start = first; start < messages.length; start += LATER.messages) {
    await storage.save(messages.slice(start, start + LATER.messages));
    await engine.sync();
  }
  await storage.destroy();
  return pieces;
}

function recordingCodec(pieces: BackupPiece[]): VaultCodec {
  const plain = gzipCodec();
  return {
    ...plain,
    encode(json, context) {
      pieces.push({ json, context });
      return plain.encode(json, context);
    },
  };
}

import { mergeContents, type VaultContent } from '@chat-vault/core';
import { type Actor } from './actor.js';
import { type CloudReader } from './cloud-content.js';
import { RecordBook, withoutPending } from './record-book.js';

/** Remembers all that was ever on any device and all whose backup was acknowledged, and compares (I1, I2 of docs/sync-engine.md). */
export class Oracle {
  readonly reader: CloudReader;
  #all: VaultContent = mergeContents([]);
  #acknowledged: VaultContent = mergeContents([]);

  constructor(reader: CloudReader) {
    this.reader = reader;
  }

  /** Everything that was ever on any device, merged. */
  get all(): VaultContent {
    return this.#all;
  }

  /** Everything that some device counted as backed up, merged. */
  get acknowledged(): VaultContent {
    return this.#acknowledged;
  }

  /** I2, and nothing disappears from a device: each record is there in the version it had, or a later one. */
  async see(actor: Actor): Promise<void> {
    const { device } = actor;
    const content = await device.content();
    const lost = new RecordBook(content).lacking(actor.seen);
    if (lost.length > 0) throw new Error(`${actor.name} lost ${lost.join(', ')}`);
    actor.seen = mergeContents([actor.seen, content]);
    this.#all = mergeContents([this.#all, content]);
    const isConnected = (await device.storage.providers()).includes('memory');
    if (!isConnected) return;
    const limit = { records: 1_000_000, bytes: Number.MAX_SAFE_INTEGER };
    const pending = await device.storage.pendingFor('memory', limit);
    this.#acknowledged = mergeContents([
      this.#acknowledged,
      withoutPending(content, pending.content),
    ]);
  }

  /** I5: what readers could no more know if that file were not there, and what it holds, superseded or not, that is nowhere else. */
  async lostWithout(path: string): Promise<readonly string[]> {
    const rest = new RecordBook(await this.reader.content({ without: path }));
    const held = mergeContents(await this.reader.contentsOf(path));
    return [...rest.lacking(held), ...rest.lacking(await this.reader.content())];
  }

  /** I1: every record whose backup was acknowledged is readable from the cloud. */
  async checkAcknowledged(): Promise<void> {
    const lost = new RecordBook(await this.reader.content()).lacking(this.#acknowledged);
    if (lost.length > 0) throw new Error(`acknowledged and not in the cloud: ${lost.join(', ')}`);
  }
}

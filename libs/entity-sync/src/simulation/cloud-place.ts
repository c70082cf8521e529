import { gzipCodec, type VaultCodec } from '@chat-vault/core';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud, type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import { type Entity } from '../model/entity.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { type CloudTierOptions } from '../tiers/cloud/cloud-options.js';
import { type CloudTier, cloudTier } from '../tiers/cloud/cloud-tier.js';

/** The time at which every place begins, Unix ms. */
export const START = Date.parse('2026-01-01T00:00:00.000Z');
/** One day in milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;
/** The key that most tests use. */
export const KEY = 'app.Note';

/** A cloud with a clock that tests move, and devices that share it. */
export interface CloudPlace {
  readonly cloud: MemoryCloud;
  readonly clock: { ms: number };
  /** A device that just started; ids are counted over all of them. */
  device(
    options?: CloudTierOptions & { readonly codec?: VaultCodec; readonly over?: CloudStorage },
  ): CloudTier;
  /** Calls since the last time that this was asked, by kind, and bytes sent and received. */
  traffic(): Readonly<Record<'list' | 'read' | 'create' | 'remove' | 'sent' | 'received', number>>;
}

/** A place that holds nothing. */
export function cloudPlace(): CloudPlace {
  const clock = { ms: START };
  const cloud = memoryCloud({ now: () => clock.ms });
  let ids = 0;
  return {
    cloud,
    clock,
    device: ({ codec = gzipCodec(), over = cloud, ...options } = {}) =>
      cloudTier(over, codec, {
        basePath: 'base',
        now: () => clock.ms,
        newId: () => `01920000-0000-7000-8000-${(++ids).toString(16).padStart(12, '0')}`,
        ...options,
      }),
    traffic() {
      const count = { list: 0, read: 0, create: 0, remove: 0, sent: 0, received: 0 };
      for (const { kind, bytes } of cloud.requests) {
        if (kind === 'listFolders') continue;
        count[kind] += 1;
        if (kind === 'create') count.sent += bytes;
        if (kind === 'read') count.received += bytes;
      }
      cloud.clearRequests();
      return count;
    },
  };
}

/** Notes with these texts by id, saved at that time after the start. */
export function notes(texts: Readonly<Record<string, string>>, ms = 0): EntityKeyData {
  const updatedAt = new Date(START + ms);
  const entries = Object.entries(texts).map(([id, text]) => [id, { id, text, updatedAt }]);
  return { Note: Object.fromEntries(entries) as Record<string, Entity> };
}

/** Many notes of about 100 characters. */
export function manyNotes(count: number, { ms = 0, size = 100 } = {}): EntityKeyData {
  const texts: Record<string, string> = {};
  for (let at = 0; at < count; at++) texts[`n${at}`] = `${at} `.padEnd(size, 'lorem ipsum ');
  return notes(texts, ms);
}

/** The texts of notes by id, in the order of ids. */
export function textsOf(data: unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries((data as EntityKeyData | null)?.['Note'] ?? {}) as [
    string,
    { text: unknown },
  ][];
  return Object.fromEntries(entries.sort().map(([id, { text }]) => [id, text]));
}

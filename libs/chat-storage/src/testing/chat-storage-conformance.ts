import { describe, it } from 'vitest';
import { type CreateStorage, type StorageTest } from './conformance-target.js';
import { conversationTests } from './conformance/conversations.js';
import { exportTests } from './conformance/export.js';
import { historyTests } from './conformance/history.js';
import { journalTests } from './conformance/journal.js';
import { lawTests } from './conformance/laws.js';
import { mergeTests } from './conformance/merge.js';
import { newsTests } from './conformance/news.js';
import { rowTests } from './conformance/rows.js';
import { syncStateTests } from './conformance/sync-state.js';
import { writeTests } from './conformance/writes.js';
import { NOON } from './sample-records.js';

/**
 * Registers the tests that every `ChatStorage` passes: each guarantee of the port, and by property tests that the store
 * equals `mergeContents` whatever is done to it. For vitest; needs fast-check.
 */
export function chatStorageConformance(name: string, create: CreateStorage): void {
  const test: StorageTest = (title, run) =>
    it(title, { timeout: 30_000 }, async () => {
      const clock = { nowMs: NOON };
      const storage = await create({ now: () => clock.nowMs, ownSenderIds: ['me'] });
      try {
        await run({ storage, clock });
      } finally {
        await storage.destroy();
      }
    });
  describe(`${name} keeps the guarantees of ChatStorage`, () => {
    describe('writes', () => writeTests(test));
    describe('history', () => historyTests(test));
    describe('conversations', () => conversationTests(test));
    describe('apply', () => mergeTests(test));
    describe('journal', () => journalTests(test));
    describe('sync state and coverage', () => syncStateTests(test));
    describe('rows', () => rowTests(test));
    describe('exportAll', () => exportTests(test));
    describe('changes$', () => newsTests(test));
    describe('laws', () => lawTests(create));
  });
}

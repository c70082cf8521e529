import { TestBed } from '@angular/core/testing';
import { CloudError } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { type Logger } from '@chat-vault/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FailingCloud } from '../../testing/src/failing-cloud';
import { ChatSyncTestingController, provideChatSyncTesting } from '../../testing/src/index';
import { ChatHistory } from '../history/chat-history';
import { withAutoSync } from '../provide/with-auto-sync';
import { withCloud } from '../provide/with-cloud';
import { withLogger } from '../provide/with-logger';
import { messageAt } from '../test-messages';
import { ChatSyncService } from './chat-sync-service';

const HOUR_MS = 60 * 60_000;

/** Two clouds that are synced as often as by default, and what the logger was told. */
const setUp = async (seed: number) => {
  const lines: Record<string, unknown>[] = [];
  const note = (message: string, details?: object) => void lines.push({ message, ...details });
  const logger: Logger = { error: note, info: note, debug: note };
  const second = new FailingCloud(memoryCloud({ providerId: 'second' }));
  const features = [withAutoSync(), withLogger(logger), withCloud(() => second)];
  TestBed.configureTestingModule({ providers: [provideChatSyncTesting({ seed }, ...features)] });
  const controller = TestBed.inject(ChatSyncTestingController);
  const chatSync = TestBed.inject(ChatSyncService);
  await controller.settle();
  const runs = vi.spyOn(chatSync, 'syncMessages');
  const codes = () => lines.map(({ code }) => code);
  return { controller, chatSync, second, lines, codes, runs };
};

afterEach(() => vi.restoreAllMocks());

describe('the log of an application with withAutoSync', () => {
  it.each([1, 2, 3, 4, 5])(
    'has at most ten lines of an hour without the cloud: seed %i',
    async (seed) => {
      const { controller, lines, runs } = await setUp(seed);
      controller.failNext('any', 'offline', 1e9);
      const history = TestBed.inject(ChatHistory);
      for (let minute = 0; minute < 60; minute += 2) {
        await history.save(messageAt(minute));
        // The network comes, without reaching the cloud, which makes the schedule begin anew.
        if (minute % 10 === 8) window.dispatchEvent(new Event('online'));
        await controller.advance(2 * 60_000);
      }
      expect(runs.mock.calls.length).toBeGreaterThan(20);
      expect(lines.length).toBeGreaterThan(5);
      expect(lines.length).toBeLessThanOrEqual(10);
      controller.heal();
      window.dispatchEvent(new Event('online'));
      await controller.settle();
      expect(lines.at(-1)).toMatchObject({ message: 'chat-sync: it works again.' });
    },
  );

  it.each(['offline', 'unavailable', 'forbidden', 'quota-exceeded'] as const)(
    'has at most ten lines of an hour and 240 of a day with two clouds that are %s',
    async (code) => {
      const { controller, chatSync, second, lines } = await setUp(7);
      await chatSync.connect('second');
      await controller.settle();
      controller.failNext('any', code, 1e9);
      second.failNext('any', code, 1e9);
      await controller.advance(HOUR_MS);
      expect(lines.length).toBeGreaterThan(1);
      expect(lines.length).toBeLessThanOrEqual(10);
      await controller.advance(23 * HOUR_MS);
      expect(lines.length).toBeLessThanOrEqual(240);
      expect(new Set(lines.map(({ providerId }) => providerId)).size).toBe(2);
    },
  );

  it('has a line for each change of reason in the worst hour', async () => {
    const { controller, chatSync, codes } = await setUp(3);
    controller.failNext('any', 'offline', 1e9);
    await controller.advance(HOUR_MS);
    const before = codes().length;
    for (const code of ['forbidden', 'quota-exceeded', 'unauthorized'] as const) {
      controller.heal();
      controller.failNext('any', new CloudError(code, code), 1e9);
      await chatSync.syncMessages('memory');
      await chatSync.syncMessages('memory');
    }
    expect(codes().slice(before)).toEqual(['forbidden', 'quota-exceeded', 'unauthorized']);
  });

  it('counts a failure that is met while opening once, not again in the run that opened it', async () => {
    const { controller, chatSync, second, lines } = await setUp(1);
    const refused = new CloudError('unauthorized', 'refused');
    Object.assign(second, { connect: () => Promise.reject(refused) });
    await chatSync.connect('second');
    await chatSync.syncMessages('second');
    Object.assign(second, { connect: () => Promise.resolve() });
    await chatSync.syncMessages('second');
    await controller.settle();
    // Two failures, one for each call.
    expect(lines).toMatchObject([{ code: 'unauthorized' }, { leftOut: 1 }]);
    expect(lines).toHaveLength(2);
  });
});

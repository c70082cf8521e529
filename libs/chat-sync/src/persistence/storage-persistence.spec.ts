import { DOCUMENT } from '@angular/common';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChatSyncTestingController, provideChatSyncTesting } from '../../testing/src/index';
import { ChatHistory } from '../history/chat-history';
import { ChatSyncService } from '../sync/chat-sync-service';
import { messageAt } from '../test-messages';

const setUp = async (storage: Partial<StorageManager> | undefined) => {
  const { defaultView } = TestBed.inject(DOCUMENT);
  Object.defineProperty(defaultView?.navigator, 'storage', { value: storage, configurable: true });
  TestBed.resetTestingModule();
  TestBed.configureTestingModule({ providers: [provideChatSyncTesting({ isConnected: false })] });
  const controller = TestBed.inject(ChatSyncTestingController);
  const chatSync = TestBed.inject(ChatSyncService);
  expect(chatSync.persistence()).toBeNull();
  TestBed.tick();
  await controller.settle();
  return { controller, chatSync, history: TestBed.inject(ChatHistory) };
};
const browser = (isPersisted: boolean, agrees: boolean) => ({
  persisted: vi.fn(async () => isPersisted),
  persist: vi.fn(async () => agrees),
});

beforeEach(() => localStorage.clear());
afterEach(() => Reflect.deleteProperty(navigator, 'storage'));

describe('ChatSyncService.persistence', () => {
  it('asks the browser after a click, once, and never by itself', async () => {
    const storage = browser(false, false);
    const { controller, chatSync } = await setUp(storage);
    expect(storage.persist).not.toHaveBeenCalled();
    await chatSync.connect('memory', { interactive: false });
    await chatSync.syncMessages();
    expect(storage.persist).not.toHaveBeenCalled();
    await controller.connect();
    await controller.connect();
    expect(storage.persist).toHaveBeenCalledTimes(1);
    expect(chatSync.persistence()).toBe('evictable');
  });

  it('does not ask again on this device after a restart', async () => {
    const storage = browser(false, false);
    const first = await setUp(storage);
    await first.controller.connect();
    const second = await setUp(storage);
    await second.controller.connect();
    expect(storage.persist).toHaveBeenCalledTimes(1);
  });

  it('asks once in the life of a page where nothing can be remembered', async () => {
    const blocked = vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
      throw new DOMException('blocked', 'SecurityError');
    });
    const storage = browser(false, true);
    const { controller, chatSync } = await setUp(storage);
    await controller.connect();
    await controller.connect();
    expect(storage.persist).toHaveBeenCalledTimes(1);
    expect(chatSync.persistence()).toBe('safe');
    blocked.mockRestore();
  });

  it('asks for nothing that is given already', async () => {
    const storage = browser(true, true);
    const { controller, chatSync } = await setUp(storage);
    expect(chatSync.persistence()).toBe('safe');
    await controller.connect();
    expect(storage.persist).not.toHaveBeenCalled();
  });

  it('follows what the browser promises and what is backed up', async () => {
    const { controller, chatSync, history } = await setUp(browser(false, false));
    expect(chatSync.persistence()).toBe('unbacked');
    await controller.connect();
    expect(chatSync.persistence()).toBe('unbacked');
    await chatSync.syncMessages();
    expect(chatSync.persistence()).toBe('evictable');
    await history.save(messageAt(0));
    await controller.settle();
    expect(chatSync.persistence()).toBe('unbacked');
  });

  it('is safe once the browser agreed', async () => {
    const { controller, chatSync } = await setUp(browser(false, true));
    await controller.connect();
    expect(chatSync.persistence()).toBe('safe');
  });

  it('does not count on a browser that cannot be asked', async () => {
    const { controller, chatSync } = await setUp(undefined);
    await controller.connect();
    expect(chatSync.persistence()).toBe('unbacked');
  });
});

import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { type CallOptions, CloudError } from '@chat-vault/cloud-storage';
import { ChatHistory, ChatSyncService } from '@chat-vault/chat-sync';
import { ChatSyncTestingController, provideChatSyncTesting } from '@chat-vault/chat-sync/testing';
import { describe, expect, it } from 'vitest';
import { messageAt, messagesFrom } from '../../src/test-messages';
import { SyncProgressBar, SyncStatus } from './index';

@Component({
  imports: [SyncStatus, SyncProgressBar],
  template: `
    <cv-sync-status [providerId]="providerId()" />
    <cv-sync-progress [providerId]="providerId()" />
  `,
})
class Page {
  readonly providerId = signal<string | undefined>(undefined);
}

const setUp = async (isConnected = true) => {
  TestBed.configureTestingModule({ providers: [provideChatSyncTesting({ isConnected })] });
  const controller = TestBed.inject(ChatSyncTestingController);
  const fixture = TestBed.createComponent(Page);
  const page: HTMLElement = fixture.nativeElement;
  const find = (selector: string) => page.querySelector<HTMLElement>(selector);
  await controller.settle();
  return {
    controller,
    fixture,
    chatSync: TestBed.inject(ChatSyncService),
    history: TestBed.inject(ChatHistory),
    find,
    announced: () => find('[role=status]')?.textContent?.replace(/\s+/g, ' ').trim(),
    press: async () => {
      find('button')?.click();
      await controller.settle();
    },
  };
};

describe('cv-sync-status', () => {
  it('leads from nothing connected to everything backed up', async () => {
    const { controller, chatSync, history, announced, find, press } = await setUp(false);
    expect(announced()).toBe('No cloud is connected. Connect one to back up this history.');
    expect(find('button')).toBeNull();
    await chatSync.connect('memory');
    await controller.settle();
    expect(announced()).toBe('Not synced yet.');
    await history.save(messagesFrom(0, 2));
    await controller.settle();
    expect(announced()).toBe('2 changes are not backed up yet.');
    expect(find('button')?.textContent).toBe('Sync now');
    await press();
    expect(announced()).toBe('Everything is backed up.');
    expect(find('cv-sync-status')?.textContent).toContain('Last synced Jan 1, 2026');
  });

  it('lets a person sign in again, and then syncs', async () => {
    const { controller, chatSync, history, announced, find, press } = await setUp();
    await history.save(messageAt(0));
    controller.failNext('any', 'unauthorized', 1_000);
    await chatSync.syncMessages();
    await controller.settle();
    expect(announced()).toBe('Memory asks for a new sign-in. Reconnect; nothing pending is lost.');
    expect(find('button')?.textContent).toBe('Reconnect');
    controller.heal();
    await press();
    expect(announced()).toBe('Everything is backed up.');
  });

  it('says until when it waits, and offers no button', async () => {
    const { controller, chatSync, find } = await setUp();
    const busy = new CloudError('rate-limited', '', { retryAfterMs: 600_000 });
    controller.failNext('any', busy, 1_000);
    await chatSync.syncMessages();
    await controller.settle();
    expect(find('cv-sync-status')?.textContent).toMatch(/Waiting until Jan 1, 2026, .*:10/);
    expect(find('button')).toBeNull();
  });

  it('speaks of one cloud when told so', async () => {
    const { controller, fixture, announced } = await setUp(false);
    fixture.componentInstance.providerId.set('memory');
    await controller.settle();
    expect(announced()).toBe('Memory is not connected. Connect it to back up this history there.');
  });
});

describe('cv-sync-progress', () => {
  /** A call that lasts until it is cancelled, at the latest with the application. */
  const last = (_path: string, options?: CallOptions) =>
    new Promise<never>((_resolve, reject) => {
      options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
    });

  it('is there only while a run is under way', async () => {
    const { controller, chatSync, find } = await setUp();
    expect(find('progress')).toBeNull();
    controller.cloud.list = last;
    void chatSync.syncMessages();
    await expect
      .poll(() => find('progress')?.getAttribute('aria-label'))
      .toBe('Looking for changes');
    expect(find('progress')?.hasAttribute('value')).toBe(false);
  });

  it('fills where the total is known', async () => {
    const { controller, chatSync, find } = await setUp();
    const other = await controller.secondDevice();
    await other.storage.save(messageAt(0));
    await other.sync();
    controller.cloud.read = last;
    void chatSync.syncMessages();
    await expect.poll(() => find('progress')?.getAttribute('max')).toMatch(/^[1-9]/);
    expect(find('progress')?.getAttribute('aria-label')).toBe('Downloading changes');
  });
});

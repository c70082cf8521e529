import { TestBed } from '@angular/core/testing';
import { ChatSyncService, withCloud } from '@chat-vault/chat-sync';
import { CloudError, type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { describe, expect, it } from 'vitest';
import { Contacts } from '../contacts/contacts';
import { textMessage } from '../messages/text-message';
import { openApp } from '../testing/app-harness';

/** A cloud that takes messages, and no entities while it is full. */
function nearlyFullCloud() {
  const memory = memoryCloud({ providerId: 'second', displayName: 'Second' });
  const space = { isFull: true };
  const cloud = new Proxy<CloudStorage>(memory, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...call: readonly unknown[]) => {
        const isEntity = name === 'create' && String(call[0]).includes('/entities/');
        if (isEntity && space.isFull) throw new CloudError('quota-exceeded', 'full');
        return value.apply(target, call) as unknown;
      };
    },
  });
  return { cloud, space };
}

describe('SyncButton', () => {
  it('does not say that all is backed up while contacts are not', async () => {
    const { cloud, space } = nearlyFullCloud();
    const app = await openApp('/', { features: [withCloud(() => cloud)] });
    const message = { id: 'a', conversationUrn: 'urn:chat:own:Club', senderId: 'Ann', text: 'x' };
    const sentTimestamp = '2024-01-30T12:00:00.000Z';
    await (await app.sync.storage()).save(textMessage({ ...message, sentTimestamp }));
    await TestBed.inject(Contacts).change('Ann', { name: 'Anna' });
    await TestBed.inject(ChatSyncService).connect('second');
    await app.settle();
    await app.click('sync-now');
    expect(app.get('sync-state').textContent.trim()).toBe('Not everything is backed up');
    expect(app.get('open-storage').textContent).toContain('The cloud is full');
    expect(app.get('open-storage').classList).toContain('trouble');
    await app.go('/storage');
    expect(app.get('storage-status').textContent.trim()).toBe(
      'Contacts and drafts are not backed up yet',
    );
    space.isFull = false;
    await app.click('sync-now');
    expect(app.get('sync-state').textContent.trim()).toBe('Backed up');
    expect(app.get('storage-status').textContent.trim()).toBe('Everything is backed up');
  });
});

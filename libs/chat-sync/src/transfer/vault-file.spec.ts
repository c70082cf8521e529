import { CloudError } from '@chat-vault/cloud-storage';
import { zipCloud } from '@chat-vault/cloud-storage/zip';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ChatSyncTestingOptions } from '../../testing/src/index';
import { openTestDevice } from '../test-devices';
import { idsOf, messageAt, messagesFrom } from '../test-messages';
import { type VaultFile } from './vault-file';

const BULK: ChatSyncTestingOptions = { config: { engine: { bulkRecords: 10 } } };

const blobOf = ({ stream }: VaultFile) => new Response(stream).blob();
/** The file that a device gives. */
const fileOf = async ({ chatSync }: ReturnType<typeof openTestDevice>): Promise<Blob> => {
  const exported = await chatSync.exportVault();
  if (!exported.ok) throw exported.error;
  return blobOf(exported.report);
};
/** A device with so many messages, connected to nothing. */
const deviceWith = async (count: number, options: ChatSyncTestingOptions = BULK) => {
  const device = openTestDevice(options);
  await device.history.save(messagesFrom(0, count));
  return device;
};
const providersOf = async ({ controller }: ReturnType<typeof openTestDevice>) =>
  (await controller.storage()).providers();

describe('exportVault', () => {
  it.each([3, 40])(
    'gives what this device holds, without any cloud (%i messages)',
    async (count) => {
      const ann = await deviceWith(count);
      const exported = await ann.chatSync.exportVault();
      expect(exported).toMatchObject({
        ok: true,
        report: { fileName: 'chat-vault-2026-01-01.zip' },
      });
      expect(await providersOf(ann)).toEqual([]);
      if (!exported.ok) return;
      const file = await blobOf(exported.report);

      const bob = openTestDevice();
      expect(await bob.chatSync.importVault(file)).toMatchObject({
        ok: true,
        report: { providerId: 'zip', messagesNew: count, incomplete: false },
      });
      expect(await bob.ids()).toEqual(idsOf(messagesFrom(0, count)));
      expect(await providersOf(bob)).toEqual([]);
    },
  );

  it('gives the files of a connected cloud, after what was pending is there', async () => {
    const ann = await deviceWith(40);
    await ann.chatSync.connect('memory');
    await ann.chatSync.syncMessages();
    await ann.history.save(messageAt(40));
    const cloud = await zipCloud(await fileOf(ann));
    const { files } = ann.controller.cloud;
    expect(ann.chatSync.pendingChanges()).toBe(0);
    const deltas = await cloud.list('chat-vault/deltas');
    expect(deltas.map(({ path }) => path)).toEqual(
      files.call(ann.controller.cloud, 'chat-vault/deltas').map(({ path }) => path),
    );
    expect(deltas).toHaveLength(1);
  });

  it('gives what this device holds when told so, whatever its clouds say', async () => {
    const ann = await deviceWith(3);
    await ann.chatSync.connect('memory');
    ann.controller.failNext('any', 'offline', 1_000);
    expect(await ann.chatSync.exportVault()).toMatchObject({
      ok: false,
      error: { code: 'offline' },
    });
    const exported = await ann.chatSync.exportVault({ providerId: null });
    const bob = openTestDevice();
    if (exported.ok) await bob.chatSync.importVault(await blobOf(exported.report));
    expect(await bob.ids()).toHaveLength(3);
    expect(await providersOf(ann)).toEqual(['memory']);
  });

  it('ends its stream when the cloud is disconnected meanwhile', async () => {
    const ann = await deviceWith(40);
    await ann.chatSync.connect('memory');
    const exported = await ann.chatSync.exportVault({ providerId: 'memory' });
    await ann.chatSync.disconnect('memory');
    if (!exported.ok) throw exported.error;
    await expect(blobOf(exported.report)).rejects.toMatchObject({ code: 'aborted' });
  });

  it.each([
    { what: 'an empty device', providerId: null, code: 'nothing-to-export' },
    { what: 'an empty cloud', providerId: 'memory', code: 'nothing-to-export' },
    { what: 'an unknown cloud', providerId: 'elsewhere', code: 'unknown-provider' },
  ])('says $code of $what', async ({ providerId, code }) => {
    const ann = openTestDevice();
    await ann.chatSync.connect('memory');
    expect(await ann.chatSync.exportVault({ providerId })).toMatchObject({
      ok: false,
      error: { code },
    });
  });

  it('is aborted, and leaves nothing behind', async () => {
    const ann = await deviceWith(3);
    const signal = AbortSignal.abort();
    expect(await ann.chatSync.exportVault({ signal })).toMatchObject({
      ok: false,
      error: { code: 'aborted' },
    });
    expect(await providersOf(ann)).toEqual([]);
  });
});

describe('importVault', () => {
  let file: Blob;
  beforeEach(async () => {
    file = await fileOf(await deviceWith(40));
  });

  it('gives connected clouds what it brought with their next sync, and nothing the second time', async () => {
    const bob = openTestDevice(BULK);
    await bob.chatSync.connect('memory');
    await bob.chatSync.syncMessages();
    expect(await bob.chatSync.importVault(file)).toMatchObject({ ok: true });
    await bob.controller.settle();
    expect(bob.chatSync.pendingChanges()).toBe(40);
    expect(await bob.chatSync.syncMessages()).toMatchObject({ report: { recordsUploaded: 40 } });

    const again = await bob.chatSync.importVault(file);
    expect(again).toMatchObject({ ok: true, report: { messagesNew: 0, messagesUpdated: 0 } });
    await bob.controller.settle();
    expect(bob.chatSync.pendingChanges()).toBe(0);
    expect(await bob.ids()).toHaveLength(40);
    expect(await providersOf(bob)).toEqual(['memory']);
  });

  it('keeps what was deleted here since the copy was made', async () => {
    const bob = openTestDevice();
    await bob.chatSync.importVault(file);
    await bob.history.delete(messageAt(7));
    expect(await bob.chatSync.importVault(file)).toMatchObject({ ok: true });
    expect(await bob.ids()).toEqual(idsOf(messagesFrom(0, 40)).filter((id) => id !== 'm0007'));
  });

  it('tells its progress once to the end', async () => {
    const phases: string[] = [];
    const bob = openTestDevice();
    await bob.chatSync.importVault(file, { onProgress: ({ phase }) => phases.push(phase) });
    expect(phases.filter((phase) => phase === 'done')).toHaveLength(1);
    expect(phases.at(-1)).toBe('done');
  });

  it('refuses the file of another account', async () => {
    const ann = await deviceWith(40, { config: { accountId: 'ann' } });
    const bob = openTestDevice({ config: { accountId: 'bob' } });
    expect(await bob.chatSync.importVault(await fileOf(ann))).toMatchObject({
      ok: false,
      error: { code: 'foreign-vault' },
    });
    expect(await bob.ids()).toEqual([]);
    expect(await providersOf(bob)).toEqual([]);
  });

  it.each([
    { what: 'no ZIP file', bytes: async () => new Blob(['hello']), reason: 'not-a-zip' },
    { what: 'half a file', bytes: async () => file.slice(0, file.size / 2), reason: 'truncated' },
  ])('refuses $what', async ({ bytes, reason }) => {
    const bob = openTestDevice();
    const result = await bob.chatSync.importVault(await bytes());
    expect(result).toMatchObject({ ok: false, error: { code: 'invalid', details: { reason } } });
    expect(!result.ok && result.error).toBeInstanceOf(CloudError);
    expect(await providersOf(bob)).toEqual([]);
  });

  it('takes what it can of a file that is damaged in one place', async () => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    // Within the first entry: the months come before the catalog.
    bytes[200] = (bytes[200] ?? 0) ^ 0xff;
    const bob = openTestDevice();
    const result = await bob.chatSync.importVault(new Blob([bytes]));
    expect(result).toMatchObject({ ok: true, report: { incomplete: true } });
    expect((await bob.ids()).length).toBeGreaterThan(0);
    expect((await bob.ids()).length).toBeLessThan(40);
  });
});

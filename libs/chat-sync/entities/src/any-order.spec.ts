import { withEncryption } from '@chat-vault/chat-sync/encryption';
import { CloudError } from '@chat-vault/cloud-storage';
import { type MemoryCloud, memoryCloud } from '@chat-vault/cloud-storage/memory';
import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { describe, expect, it } from 'vitest';
import { encrypt, typedOf } from '../../src/encryption/test-encryption';
import { messageAt } from '../../src/test-messages';
import { openEntityDevice } from './test-devices';

/** How many walks: `WALK_SEEDS=100` for more. */
const SEEDS = Array.from({ length: Number(process.env['WALK_SEEDS'] ?? 6) }, (_, at) => at + 1);

describe('devices on which people do anything in any order', () => {
  it.each(SEEDS)('come to the same in the end, seed %i', { timeout: 120_000 }, async (seed) => {
    const random = seededRandom(seed * 31);
    const any = <Item>(items: readonly Item[]): Item =>
      items[Math.floor(random() * items.length)] as Item;
    const clouds = [memoryCloud({ providerId: 'a' }), memoryCloud({ providerId: 'b' })];
    const failing = { is: false };
    for (const cloud of clouds) {
      const create = cloud.create.bind(cloud);
      cloud.create = async (...call: Parameters<MemoryCloud['create']>) => {
        if (failing.is && random() < 0.5)
          throw new CloudError(any(['quota-exceeded', 'unavailable']), 'no');
        return create(...call);
      };
    }
    const devices = [
      await openEntityDevice(clouds, {
        features: [withEncryption()],
        config: { accountId: 'ann' },
      }),
      await openEntityDevice(clouds.slice(0, 1), {
        features: [withEncryption()],
        config: { accountId: 'ann' },
      }),
    ];
    const log: string[] = [];
    let passphrase: string | null = null;
    let count = 0;
    const saved = new Set<string>();
    for (let step = 0; step < 30; step++) {
      const device = any(devices);
      const index = devices.indexOf(device);
      const dice = random();
      const providerId = index === 0 ? any(['a', 'b']) : 'a';
      const note = async (
        what: string,
        work: Promise<{ ok: boolean; error?: { code: string } }>,
      ) => {
        const result = await work;
        log.push(
          `${index} ${what} ${providerId}: ${result.ok ? 'ok' : (result.error?.code ?? '')}`,
        );
        return result.ok;
      };
      if (dice < 0.3) {
        const name = `n${count++}`;
        saved.add(name);
        await device.contacts.save({ name });
        log.push(`${index} saves ${name}`);
      } else if (dice < 0.34) await device.history.save(messageAt(count++));
      else if (dice < 0.5) await note('sync', device.repositories.syncNow());
      else if (dice < 0.56) await note('sync one', device.repositories.syncNow(providerId));
      else if (dice < 0.62) {
        const syncing = device.repositories.syncNow();
        await note(
          'disconnect',
          device.chatSync.disconnect(providerId, { forget: random() < 0.5 }),
        );
        await syncing;
      } else if (dice < 0.72) await note('connect', device.chatSync.connect(providerId));
      else if (dice < 0.76 && passphrase)
        await note(
          'lock',
          device.chatSync.lock().then(() => ({ ok: true })),
        );
      else if (dice < 0.84 && passphrase)
        await note('unlock', device.chatSync.unlock({ passphrase }));
      else if (dice < 0.87 && !passphrase) {
        const syncing = device.repositories.syncNow();
        const done = await encrypt(device).then(
          () => 'ok',
          (error: { code: string }) => error.code,
        );
        await syncing;
        log.push(`${index} encrypts: ${done}`);
        if (done === 'ok') passphrase = 'correct horse battery';
      } else if (dice < 0.9 && passphrase) {
        const next = `passphrase number ${count++}`;
        const begun = await device.chatSync.rotateKeys({ passphrase }, { passphrase: next });
        log.push(`${index} rotates: ${begun.ok ? 'ok' : begun.error.code}`);
        if (begun.ok) {
          const confirmed = await device.chatSync.confirmRecovery(typedOf(begun.report));
          log.push(`${index} confirms: ${confirmed.ok ? 'ok' : confirmed.error.code}`);
          if (confirmed.ok) passphrase = next;
        }
      } else if (dice < 0.94) failing.is = !failing.is;
      else await device.controller.advance(any([5_000, 300_000]));
    }
    failing.is = false;
    log.push('calm');
    for (let round = 0; round < 4; round++)
      for (const [index, device] of devices.entries()) {
        for (const { providerId } of index === 0 ? clouds : clouds.slice(0, 1))
          if (!device.state(providerId)?.isConnected) await device.chatSync.connect(providerId);
        if (passphrase && device.chatSync.encryption().state !== 'unlocked') {
          const unlocked = await device.chatSync.unlock({ passphrase });
          log.push(`${index} unlock: ${unlocked.ok ? 'ok' : unlocked.error.code}`);
        }
        const synced = await device.repositories.syncNow();
        log.push(`${index} sync: ${synced.ok ? 'ok' : synced.error.code}`);
        const { lastError, isDirty } = device.repositories;
        if (round === 3)
          expect([synced, lastError(), isDirty()], log.join('\n')).toEqual([
            { ok: true },
            null,
            false,
          ]);
      }
    for (const device of devices)
      expect(await device.names(), log.join('\n')).toEqual([...saved].sort());
  });
});

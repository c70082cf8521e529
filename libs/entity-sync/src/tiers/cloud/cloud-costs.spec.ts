import { gzipCodec } from '@chat-vault/core';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { type Entity } from '../../model/entity.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { cloudPlace, notes, START } from '../../simulation/cloud-place.js';
import { memoryStore } from '../memory/memory-store.js';

/** Contacts as an app may have them: about 250 bytes of JSON each, of which half cannot be guessed from the others. */
function contacts(count: number): EntityKeyData {
  const random = seededRandom(11);
  const word = () => Math.floor(random() * 36 ** 6).toString(36);
  const entities: Record<string, Entity> = {};
  for (let at = 0; at < count; at++) {
    const id = `global.${word()}${word()}${word()}`;
    const entity = {
      id,
      name: `${word()} ${word()}`,
      email: `${word()}@${word()}.example`,
      phone: `+49 ${Math.floor(random() * 1e9)}`,
      labels: ['friends', 'work'].slice(at % 3),
      note: `met in ${word()}`,
      isMuted: at % 7 === 0,
      createdAt: new Date(START + at),
      updatedAt: new Date(START + at * 1000),
      version: 1,
    };
    entities[id] = entity;
  }
  return { Contact: entities };
}

describe('the cost of 10,000 entities under one key', { timeout: 60_000 }, () => {
  it('is a few files at first, one small file for a change, and one listing for nothing', async () => {
    const { device, traffic } = cloudPlace();
    const data = contacts(10_000);
    const a = device({ codec: gzipCodec(), cache: memoryStore() });
    await a.loadMetadata('app');
    await a.mergeData('app.global', data);
    const first = traffic();
    const json = JSON.stringify(data);
    const compressed = gzipSync(json).length;
    expect(first).toMatchObject({ list: 1, read: 0, remove: 0, create: 16 });
    expect(first.sent).toBeLessThan(1.25 * compressed);

    const b = device();
    await b.loadMetadata('app');
    const fresh = traffic();
    expect(fresh).toMatchObject({ list: 1, read: 16, create: 0, received: first.sent });

    const id = Object.keys(data['Contact'] ?? {})[77] ?? '';
    const change = {
      Contact: { [id]: { ...data['Contact']?.[id], updatedAt: new Date(START * 2) } },
    };
    await a.loadMetadata('app');
    await a.mergeData('app.global', change as EntityKeyData);
    const saved = traffic();
    expect(saved).toMatchObject({ list: 1, read: 0, create: 1 });
    expect(saved.sent).toBeLessThan(800);

    await b.loadMetadata('app');
    const heard = traffic();
    expect(heard).toMatchObject({ list: 1, read: 1, create: 0, received: saved.sent });

    await a.loadMetadata('app');
    await b.loadMetadata('app');
    expect(traffic()).toEqual({ list: 2, read: 0, create: 0, remove: 0, sent: 0, received: 0 });
  });

  it('is a small multiple of the changes, when they come one by one for days', async () => {
    const { device, traffic, clock, cloud } = cloudPlace();
    const a = device();
    await a.mergeData('app.global', contacts(10_000));
    traffic();
    const random = seededRandom(3);
    for (let ms = 1; ms <= 100; ms++) {
      clock.ms += 60 * 60 * 1000;
      await a.loadMetadata('app');
      const text = `${random()}`.repeat(10);
      await a.mergeData('app.global', notes({ [`n${ms % 50}`]: text }, ms));
    }
    const cost = traffic();
    expect(cost.read).toBeLessThan(40);
    expect(cost.create).toBeLessThan(110);
    expect(cloud.files().length).toBeLessThan(16 + 110);
  });
});

import { describe, expect, it } from 'vitest';
import { directoryCloud } from './directory-cloud.js';

const END = { done: true } as const;

/** A picked folder whose permission is in a given state, and what a person answers when asked. */
const picked = (state: PermissionState, answer: PermissionState = 'denied') => {
  const asked: string[] = [];
  const refuse = async () => {
    if (state !== 'granted') throw new DOMException('not allowed', 'NotAllowedError');
  };
  const handle = {
    kind: 'directory',
    name: 'Chats',
    queryPermission: async () => state,
    requestPermission: async () => {
      asked.push('requestPermission');
      return (state = answer);
    },
    getDirectoryHandle: refuse,
    entries: () => ({ [Symbol.asyncIterator]: () => ({ next: () => refuse().then(() => END) }) }),
  };
  return { asked, cloud: directoryCloud({ handle: handle as never }) };
};

/** A folder whose every use fails in one way. */
const failing = (name: string) => {
  const fail = () => Promise.reject(new DOMException('why', name));
  const handle = { name: 'Chats', getDirectoryHandle: fail, getFileHandle: fail };
  return directoryCloud({ handle: handle as never });
};

describe('directoryCloud with a picked folder', () => {
  it('never asks a person who did not click', async () => {
    const { asked, cloud } = picked('prompt', 'granted');
    await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    expect(asked).toEqual([]);
    expect(cloud.isConnected?.()).toBe(false);
  });

  it('asks a person who clicked, and is connected when they agree', async () => {
    const { asked, cloud } = picked('prompt', 'granted');
    await cloud.connect?.({ interactive: true });
    expect(asked).toEqual(['requestPermission']);
    expect(cloud.isConnected?.()).toBe(true);
  });

  it('says unauthorized when the person declines, and does not ask again after a no', async () => {
    const { asked, cloud } = picked('prompt', 'denied');
    const declined = { code: 'unauthorized' };
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(declined);
    await expect(cloud.connect?.({ interactive: true })).rejects.toMatchObject(declined);
    expect(asked).toEqual(['requestPermission']);
  });

  it('notices in any call that the permission ended', async () => {
    const { cloud } = picked('prompt');
    expect(cloud.isConnected?.()).toBe(true);
    await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(cloud.isConnected?.()).toBe(false);
  });

  it.each([
    ['NotAllowedError', 'unauthorized'],
    ['SecurityError', 'forbidden'],
    ['QuotaExceededError', 'quota-exceeded'],
    ['NoModificationAllowedError', 'unavailable'],
    ['InvalidStateError', 'unavailable'],
    ['AbortError', 'unavailable'],
  ])('maps %s to %s', async (name, code) => {
    await expect(failing(name).create('file', new Uint8Array(1))).rejects.toMatchObject({ code });
    await expect(failing(name).read('a/file')).rejects.toMatchObject({ code });
  });
});

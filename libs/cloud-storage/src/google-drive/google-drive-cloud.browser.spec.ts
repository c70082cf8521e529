import { describe, expect, inject, it } from 'vitest';
import { cloudStorageConformance } from '../testing/conformance.js';
import { driveFailure } from './drive-error.js';
import { googleDriveCloud } from './google-drive-cloud.js';
import { loadGoogleIdentity } from './person-tokens.js';

const { url, withoutRangeUrl, scriptUrl } = inject('googleDrivePeer');
const token = async () => 'valid-token';

cloudStorageConformance(
  'fake of Google Drive, from a page of another origin',
  () => googleDriveCloud({ token, baseUrl: url }),
  // Each name costs a preflight of its own, so fewer files.
  { folderFiles: 250 },
);

describe('googleDriveCloud from a page of another origin', { timeout: 60_000 }, () => {
  it.each([
    ['which may see how far it is', url],
    ['which may not see how far it is', withoutRangeUrl],
  ])('takes a large file in parts from a page %s', async (_, baseUrl) => {
    const bytes = new Uint8Array(9_000_001).map((_byte, index) => index % 251);
    const cloud = googleDriveCloud({ token, baseUrl });
    const path = `large-${crypto.randomUUID()}/file`;
    await cloud.create(path, bytes);
    const read = await cloud.read(path);
    expect(read.length).toBe(bytes.length);
    expect(read.findIndex((byte, index) => byte !== bytes[index])).toBe(-1);
    const range = { offset: 8_999_990, length: 100 };
    expect(await cloud.read(path, { range })).toEqual(bytes.slice(8_999_990));
  });

  it('signs in by a script that is added to the page when it is first needed, and once', async () => {
    const scripts = () => document.querySelectorAll(`script[src="${scriptUrl}"]`).length;
    const loadIdentity = () => loadGoogleIdentity(driveFailure, scriptUrl);
    const open = () => googleDriveCloud({ clientId: 'our-client', loadIdentity, baseUrl: url });
    const cloud = open();
    await expect(cloud.connect?.({ interactive: false })).rejects.toMatchObject({
      code: 'unauthorized',
    });
    expect(scripts()).toBe(0);
    await cloud.connect?.({ interactive: true });
    expect(await cloud.space?.()).toEqual({ usedBytes: 100, freeBytes: 900 });
    await open().connect?.({ interactive: true });
    expect(scripts()).toBe(1);
  });

  it('says offline when the script does not load, and leaves nothing in the page', async () => {
    Reflect.deleteProperty(globalThis, 'google');
    // Port 9, discard, is one that browsers never connect to.
    const goneUrl = 'http://127.0.0.1:9/client.js';
    await expect(loadGoogleIdentity(driveFailure, goneUrl)).rejects.toMatchObject({
      code: 'offline',
    });
    expect(document.querySelector(`script[src="${goneUrl}"]`)).toBeNull();
  });
});

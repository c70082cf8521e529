import { googleDriveCloud } from '../../src/google-drive/google-drive-cloud.js';
import { FakeGoogleDrive } from './fake-google-drive.js';
import { type FakeFile } from './fake-store.js';

/** A fake Google Drive, a cloud on it, and what a test wants to see. Time stands still until it is moved. */
export const setUp = (options: { readonly token?: (refused?: string) => Promise<string> } = {}) => {
  const drive = new FakeGoogleDrive();
  const clock = { ms: 0 };
  const openCloud = () =>
    googleDriveCloud({
      token: async () => 'valid-token',
      ...options,
      fetch: drive.fetch,
      now: () => clock.ms,
    });
  /** Requests since the last look. */
  const newRequests = (): readonly string[] => drive.log.splice(0);
  /** What is at the path in the visible folder. */
  const at = (path: string): readonly FakeFile[] => drive.store.at(`Chat Vault/${path}`);
  return { drive, clock, cloud: openCloud(), openCloud, newRequests, at };
};

/** Bytes of a text. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The text of bytes. */
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The only one. @throws Error when there are none or several */
export const only = <Item>(items: readonly Item[]): Item => {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`${items.length} instead of one`);
  return item;
};

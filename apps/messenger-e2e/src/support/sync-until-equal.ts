import { readStoredHistory } from './stored-history.ts';
import { type Device, expect } from './test.ts';

/** Syncs two devices in turn until both hold the same, byte for byte, and nothing is left to back up. */
export async function syncUntilEqual(one: Device, two: Device): Promise<void> {
  await expect(async () => {
    for (const { messenger } of [one, two]) await messenger.sync();
    for (const { messenger } of [one, two]) {
      await expect(messenger.syncState).toHaveText('Backed up', { timeout: 2_000 });
    }
    const [ofOne, ofTwo] = [await readStoredHistory(one.page), await readStoredHistory(two.page)];
    expect(ofTwo).toEqual(ofOne);
  }).toPass({ timeout: 40_000 });
}

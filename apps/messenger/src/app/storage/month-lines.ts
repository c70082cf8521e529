import { type VaultInventory } from '@chat-vault/vault-engine';

/** One month of the table. */
export interface MonthLine {
  /** `2024-01`. */
  readonly month: string;
  /** In the files of that month; `null` while the month is only in files of recent changes, or not in the cloud. */
  readonly inCloud: number | null;
  readonly bytes: number | null;
  readonly here: number;
  readonly place: MonthPlace;
}

/** Where the messages of a month are; `changed`: here are changes that the cloud lacks. */
export type MonthPlace = 'both' | 'partly-here' | 'cloud-only' | 'changed' | 'device-only';

/** What the table is made of. */
export interface MonthSources {
  /** Messages on this device. */
  readonly here: readonly { readonly month: string; readonly messageCount: number }[];
  /** What the last look at the cloud told; `null` when there was none. */
  readonly inventory: VaultInventory | null;
  /** Months that have changes which the cloud lacks. */
  readonly pendingMonths: readonly string[];
}

/** Unites what is here with what is in the cloud; newest first. */
export function monthLines({ here, inventory, pendingMonths }: MonthSources): readonly MonthLine[] {
  const countHere = new Map(here.map(({ month, messageCount }) => [month, messageCount]));
  const inCloud = new Map(inventory?.months.map((month) => [month.month, month]) ?? []);
  const months = [...new Set([...countHere.keys(), ...inCloud.keys()])].sort().reverse();
  return months.map((month) => {
    const cloud = inCloud.get(month);
    const count = countHere.get(month) ?? cloud?.messagesHere ?? 0;
    const line = { month, here: count, inCloud: null, bytes: null };
    const isPending = pendingMonths.includes(month);
    if (inventory === null) return { ...line, place: 'device-only' };
    if (cloud === undefined || cloud.vaults === 0) {
      return { ...line, place: isPending ? 'device-only' : 'both' };
    }
    const known = { ...line, inCloud: cloud.messagesInCloud, bytes: cloud.bytesInCloud };
    if (isPending) return { ...known, place: 'changed' };
    if (cloud.complete) return { ...known, place: 'both' };
    return { ...known, place: count === 0 ? 'cloud-only' : 'partly-here' };
  });
}

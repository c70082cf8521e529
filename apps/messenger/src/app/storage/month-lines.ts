import { type VaultInventory } from '@chat-vault/vault-engine';

/** One month of the table. */
export interface MonthLine {
  /** `2024-01`. */
  readonly month: string;
  /** In the cloud; `null` when that is not known, or nothing is there. */
  readonly inCloud: number | null;
  readonly bytes: number | null;
  readonly here: number;
  readonly place: MonthPlace;
}

/** Where the messages of a month are. */
export type MonthPlace = 'both' | 'partly-here' | 'cloud-only' | 'device-only';

/** Unites what is here with what the last look at the cloud told; newest first. */
export function monthLines(
  local: readonly { readonly month: string; readonly messageCount: number }[],
  inventory: VaultInventory | null,
): readonly MonthLine[] {
  const here = new Map(local.map(({ month, messageCount }) => [month, messageCount]));
  const cloud = new Map(inventory?.months.map((month) => [month.month, month]) ?? []);
  const months = [...new Set([...here.keys(), ...cloud.keys()])].sort().reverse();
  return months.map((month) => {
    const known = cloud.get(month);
    const count = here.get(month) ?? known?.messagesHere ?? 0;
    if (known === undefined || known.vaults === 0) {
      return { month, inCloud: null, bytes: null, here: count, place: 'device-only' };
    }
    const place = known.complete ? 'both' : count === 0 ? 'cloud-only' : 'partly-here';
    return { month, inCloud: known.messagesInCloud, bytes: known.bytesInCloud, here: count, place };
  });
}

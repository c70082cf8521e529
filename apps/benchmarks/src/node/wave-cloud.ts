import { type CloudStorage } from '@chat-vault/cloud-storage';

/** Requests that went out before any of them was answered are one wave: on a network they cost one round trip. */
export interface WaveCloud extends CloudStorage {
  /** What was spent so far. */
  spent(): Spent;
}

/** The costs of a piece of work. */
export interface Spent {
  readonly waves: number;
  readonly requests: number;
  /** Bytes of files received. */
  readonly bytesDown: number;
}

/** Turns of 10 ms without a request after which a wave is complete: whoever was answered has asked for what follows by then. */
const QUIET_TURNS = 12;

/** A cloud that answers only when nobody has asked for a while, and then everybody at once. */
export function waveCloud(cloud: CloudStorage): WaveCloud {
  const waiting: (() => void)[] = [];
  let spent: Spent = { waves: 0, requests: 0, bytesDown: 0 };
  let quietTurns = 0;
  let timer: NodeJS.Timeout | undefined;
  const turn = () => {
    quietTurns += 1;
    timer = undefined;
    if (quietTurns < QUIET_TURNS) {
      timer = setTimeout(turn, 10);
      return;
    }
    spent = { ...spent, waves: spent.waves + 1 };
    for (const answer of waiting.splice(0)) answer();
  };
  const inWave = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    spent = { ...spent, requests: spent.requests + 1 };
    quietTurns = 0;
    timer ??= setTimeout(turn, 10);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return ask();
  };
  return {
    providerId: cloud.providerId,
    displayName: cloud.displayName,
    list: (...call) => inWave(() => cloud.list(...call)),
    listFolders: (...call) => inWave(() => cloud.listFolders(...call)),
    create: (...call) => inWave(() => cloud.create(...call)),
    remove: (...call) => inWave(() => cloud.remove(...call)),
    read: async (...call) => {
      const bytes = await inWave(() => cloud.read(...call));
      spent = { ...spent, bytesDown: spent.bytesDown + bytes.length };
      return bytes;
    },
    spent: () => spent,
  };
}

/** What was spent between two moments. */
export const spentSince = (before: Spent, after: Spent): Spent => ({
  waves: after.waves - before.waves,
  requests: after.requests - before.requests,
  bytesDown: after.bytesDown - before.bytesDown,
});

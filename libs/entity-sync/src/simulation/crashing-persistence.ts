import { EntitySyncError } from '../errors/entity-sync-error.js';
import {
  type AtomicPersistence,
  type IPersistence,
  isAtomic,
  isPatching,
  type KeyValues,
  type PatchingPersistence,
} from '../tiers/persistence.js';

/** The process died here. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** How a device's disk behaves in a scenario. */
export interface DiskControl {
  /** Writes that took effect. */
  writes: number;
  /** Called before each call. */
  before: () => void | Promise<void>;
  /** Dies with the call after so many more, before or after its effect; all later ones fail. */
  dieAfter(calls: number, isAfterEffect: boolean): void;
  /** Refuses so many calls from now on. */
  refuse(calls: number): void;
}

/** A persistence over another one, which stays as the disk when the process dies. */
export function crashingPersistence(inner: IPersistence): {
  readonly persistence: IPersistence;
  readonly control: DiskControl;
} {
  let left = Infinity;
  let diesAfterEffect = false;
  let isDead = false;
  let refused = 0;
  const control: DiskControl = {
    writes: 0,
    before: () => undefined,
    dieAfter: (calls, isAfterEffect) => {
      left = calls;
      diesAfterEffect = isAfterEffect;
    },
    refuse: (calls) => {
      refused = calls;
    },
  };
  const call = async <Result>(work: () => Promise<Result>, isWrite: boolean): Promise<Result> => {
    if (isDead) throw new Crash();
    await control.before();
    if (refused-- > 0) throw new EntitySyncError('storage-full', 'the disk is full');
    isDead ||= left-- <= 0;
    if (isDead && !diesAfterEffect) throw new Crash();
    const result = await work();
    if (isWrite) control.writes += 1;
    if (isDead) throw new Crash();
    return result;
  };
  const plain: IPersistence = {
    loadData: (key) => call(() => inner.loadData(key), false),
    storeData: (key, data) => call(() => inner.storeData(key, data), true),
    clearData: (key) => call(() => inner.clearData(key), true),
  };
  if (!isAtomic(inner)) return { persistence: plain, control };
  const atomic: AtomicPersistence = {
    ...plain,
    storeAll: (entries: KeyValues) => call(() => inner.storeAll(entries), true),
    updateAll: (keys, change) =>
      call(async () => {
        let written = 0;
        await inner.updateAll(keys, (values) => {
          const entries = change(values);
          written = entries.size;
          return entries;
        });
        if (written > 0) control.writes += 1;
      }, false),
  };
  if (!isPatching(inner)) return { persistence: atomic, control };
  const patching: PatchingPersistence = {
    ...atomic,
    patchAll: (keys, change) =>
      call(async () => {
        let written = 0;
        await inner.patchAll(keys, (values) => {
          const changes = change(values);
          written = changes.values.size + changes.patches.size;
          return changes;
        });
        if (written > 0) control.writes += 1;
      }, false),
  };
  return { persistence: patching, control };
}

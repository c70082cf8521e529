import { type Benchmark } from '../benchmark.ts';
import { clouds } from './clouds.ts';
import { compactionMemory } from './compaction-memory.ts';
import { firstBackup } from './first-backup.ts';
import { growth } from './growth.ts';
import { idleSync } from './idle-sync.ts';
import { newDevice } from './new-device.ts';
import { normalBackup } from './normal-backup.ts';

/** What runs in Node, in this order. */
export const nodeBenchmarks: readonly Benchmark[] = [
  idleSync,
  normalBackup,
  newDevice,
  firstBackup,
  compactionMemory,
  growth,
  clouds,
];

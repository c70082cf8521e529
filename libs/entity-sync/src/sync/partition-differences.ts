import { describeData } from '../metadata/describe-data.js';
import { ownValue } from '../model/entity-key-data.js';
import { type Metadata } from '../model/metadata.js';

/** The keys in which two tiers differ, as far as their metadata tell. */
export interface KeyPartition {
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** Both have them, with different or unknown content. */
  readonly differing: readonly string[];
}

const EMPTY_HASH = describeData({}).hash;

/** Compares by the hashes alone: equal times do not prove equal content. A key that holds nothing is as one that is not there. */
export function partitionDifferences(a: Metadata, b: Metadata): KeyPartition {
  const hashOf = ({ entityKeys }: Metadata, key: string) =>
    ownValue(entityKeys, key)?.hash ?? EMPTY_HASH;
  const keys = new Set([...Object.keys(a.entityKeys), ...Object.keys(b.entityKeys)]);
  const onlyA: string[] = [];
  const onlyB: string[] = [];
  const differing: string[] = [];
  for (const key of keys) {
    const [inA, inB] = [hashOf(a, key), hashOf(b, key)];
    if (inA === inB && inA !== '') continue;
    if (inB === EMPTY_HASH) onlyA.push(key);
    else if (inA === EMPTY_HASH) onlyB.push(key);
    else differing.push(key);
  }
  return { onlyA, onlyB, differing };
}

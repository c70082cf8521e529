export {
  type CompactionPlan,
  type DeltaSummary,
  type MonthPlan,
  planCompaction,
  type RunMerge,
} from '../format/compaction-plan.js';
export { cutSegments } from '../format/cut-segments.js';
export { type RecordKey } from '../format/record-key.js';
export { type SegmentEntry, segmentEntry } from '../format/segment-entry.js';
export {
  type EncodedVaultFile,
  encodeVaultFile,
  type SegmentInput,
  type VaultFileOptions,
} from '../format/vault-file.js';

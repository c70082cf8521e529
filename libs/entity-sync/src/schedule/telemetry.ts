/** What is told of each sync; no ids, no content. */
export interface TelemetryEvent {
  readonly kind: 'sync';
  /** The tiers: `store` and `local`, `local` and a cloud, or `store` and a cloud. */
  readonly from: string;
  readonly to: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'done' | 'failed';
  readonly error?: unknown;
  /** Keys whose content was compared; 0 when the metadata were equal. */
  readonly keysCompared: number;
  /** Keys written, both sides together. */
  readonly keysWritten: number;
  readonly keysSkipped: number;
  /** Entities that both sides had changed since they were last equal. */
  readonly conflicts: number;
  /** Size of the entities written, as text, before compression. */
  readonly bytes: number;
}

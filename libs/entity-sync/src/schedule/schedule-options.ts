/** When syncs run by themselves. */
export interface ScheduleOptions {
  /** How long memory waits for a further change before it is written to the device, ms; default 300. */
  readonly debounceMs?: number;
  /** How long a change waits at most, ms; default 2000. */
  readonly maxDelayMs?: number;
  /** Time between syncs with a cloud, ms; default 5 minutes. */
  readonly cloudIntervalMs?: number;
  /** The wait after a first failure, ms, doubled with each further one; default 1000. */
  readonly retryMs?: number;
  /** The longest wait after failures, ms; default 5 minutes. */
  readonly maxRetryMs?: number;
  /** How long `unload` waits for clouds, ms; default 10 s. What is on the device is synced after the next start. */
  readonly leaveMs?: number;
}

/** The schedule of an application that says nothing. */
export const DEFAULT_SCHEDULE: Required<ScheduleOptions> = {
  debounceMs: 300,
  maxDelayMs: 2_000,
  cloudIntervalMs: 300_000,
  retryMs: 1_000,
  maxRetryMs: 300_000,
  leaveMs: 10_000,
};

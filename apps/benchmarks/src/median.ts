/** The middle of `values`, which outliers of a busy machine do not move. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/** Time of `task` in ms: the median of `rounds` runs, each after its own `prepare`. */
export async function medianTime(
  rounds: number,
  task: () => Promise<unknown>,
  prepare: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await prepare();
    const startedAt = performance.now();
    await task();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

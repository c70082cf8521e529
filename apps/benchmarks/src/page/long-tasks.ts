/** Longest main-thread task in ms while `work` ran, 0 when none was above the 50 ms that browsers call long. */
export async function longestTask(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  const note = (entries: readonly PerformanceEntry[]) => {
    for (const { duration } of entries) longest = Math.max(longest, duration);
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask' });
  await work();
  await new Promise((resolve) => setTimeout(resolve, 100)); // entries come a moment after their task
  note(observer.takeRecords());
  observer.disconnect();
  return longest;
}

import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds in one tick of `/proc`. */
const TICK_MS = 10;

/** CPU time of a process and its children so far, milliseconds: what it needs, whatever else the machine is doing. */
export function cpuTime(pid: number): number {
  const processes = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields =
        readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return [
        {
          pid: Number(name),
          parent: Number(fields[1]),
          ticks: Number(fields[11]) + Number(fields[12]),
        },
      ];
    } catch {
      return []; // it has just ended
    }
  });
  return (
    processes
      .filter((one) => one.pid === pid || one.parent === pid)
      .reduce((ticks, one) => ticks + one.ticks, 0) * TICK_MS
  );
}

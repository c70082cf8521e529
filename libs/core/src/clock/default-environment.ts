/** The machine's clock, Unix milliseconds: the only place where the rules touch it, and only when an app gives no clock. */
export const systemClock = (): number => Date.now();

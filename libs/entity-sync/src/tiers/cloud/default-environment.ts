import { v7 as uuidv7 } from 'uuid';

/** The clock and the ids of this machine: the only place where the tier touches them, and only when an app gives none. */
export const systemEnvironment = {
  now: (): number => Date.now(),
  newId: (): string => uuidv7(),
};

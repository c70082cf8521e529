import { type SealedEnvironment } from './environment.js';
import { PASSPHRASE_COST } from './kdf.js';

/** The platform's randomness and today's cost of a passphrase. */
export const systemEnvironment: SealedEnvironment = {
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  passphraseCost: PASSPHRASE_COST,
};

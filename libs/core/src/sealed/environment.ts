import { type Argon2Cost } from './kdf.js';

/**
 * What sealing takes from outside. Only tests and simulations pass one: with a source that repeats itself, salts repeat, and who has
 * two files of one salt can read both.
 */
export interface SealedEnvironment {
  /** So many bytes that nobody can foretell. */
  readonly random: (length: number) => Uint8Array;
  /** What new keyring files ask of who tries passphrases; at least the floor of the format. */
  readonly passphraseCost: Argon2Cost;
}

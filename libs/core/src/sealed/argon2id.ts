import { argon2id as argon2idOfHashWasm } from 'hash-wasm';
import { type Argon2Cost } from './kdf.js';

/** Argon2id version 1.3 (RFC 9106), 32 bytes. Loaded when a passphrase is used, as it brings WebAssembly. It keeps the thread busy for a while. */
export const argon2id = (
  password: Uint8Array,
  salt: Uint8Array,
  { memoryKiB, passes, lanes }: Argon2Cost,
): Promise<Uint8Array> =>
  argon2idOfHashWasm({
    password,
    salt,
    memorySize: memoryKiB,
    iterations: passes,
    parallelism: lanes,
    hashLength: 32,
    outputType: 'binary',
  });

import { createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto';

interface GcmParams {
  readonly name: string;
  readonly iv: Uint8Array;
  readonly additionalData: Uint8Array;
}

interface HkdfParams {
  readonly name: string;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
}

/** A key of `SimulatedSubtle`; nobody else can read it. */
class SimulatedKey {
  readonly type = 'secret';
  readonly extractable = false;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice();
  }

  static bytesOf(key: SimulatedKey): Uint8Array {
    return key.#bytes;
  }
}

const TAG_BYTES = 16;

/** What this library asks of `crypto.subtle` (SHA-256, HKDF-SHA-256, AES-256-GCM), done at once by Node's own cryptography. */
export class SimulatedSubtle {
  async digest(name: string, bytes: Uint8Array): Promise<ArrayBuffer> {
    if (name !== 'SHA-256') throw unsupported(name);
    return bufferOf(hash('sha256', bytes, 'buffer'));
  }

  async importKey(
    format: string,
    bytes: Uint8Array | ArrayBuffer,
    name: string,
  ): Promise<SimulatedKey> {
    if (format !== 'raw' || !['HKDF', 'AES-GCM'].includes(name)) throw unsupported(name);
    return new SimulatedKey(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes));
  }

  async deriveBits(
    { name, salt, info }: HkdfParams,
    key: SimulatedKey,
    bits: number,
  ): Promise<ArrayBuffer> {
    if (name !== 'HKDF') throw unsupported(name);
    return hkdfSync('sha256', SimulatedKey.bytesOf(key), salt, info, bits / 8);
  }

  async encrypt(
    { iv, additionalData }: GcmParams,
    key: SimulatedKey,
    bytes: Uint8Array,
  ): Promise<ArrayBuffer> {
    const cipher = createCipheriv('aes-256-gcm', SimulatedKey.bytesOf(key), iv);
    cipher.setAAD(additionalData);
    return bufferOf(Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
  }

  async decrypt(
    { iv, additionalData }: GcmParams,
    key: SimulatedKey,
    bytes: Uint8Array,
  ): Promise<ArrayBuffer> {
    const decipher = createDecipheriv('aes-256-gcm', SimulatedKey.bytesOf(key), iv);
    try {
      decipher.setAAD(additionalData);
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
      const content = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
      return bufferOf(Buffer.concat([content, decipher.final()]));
    } catch {
      throw new DOMException('The operation failed', 'OperationError');
    }
  }
}

const bufferOf = (buffer: Buffer): ArrayBuffer => Uint8Array.from(buffer).buffer;

const unsupported = (what: string): Error =>
  new Error(`the simulated WebCrypto knows no "${what}"`);

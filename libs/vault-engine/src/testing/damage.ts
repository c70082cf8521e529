import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';

/** Changes one byte of a file; its size stays. Counted from the end when negative. */
export function alterByte(cloud: MemoryCloud, path: string, at: number): void {
  const bytes = bytesOf(cloud, path);
  const index = at < 0 ? bytes.length + at : at;
  cloud.poke(
    path,
    bytes.map((byte, each) => (each === index ? byte ^ 0xff : byte)),
  );
}

/** Cuts off the end of a file. */
export function tear(cloud: MemoryCloud, path: string, share = 0.5): void {
  const bytes = bytesOf(cloud, path);
  cloud.poke(path, bytes.slice(0, Math.floor(bytes.length * share)));
}

function bytesOf(cloud: MemoryCloud, path: string): Uint8Array {
  const bytes = cloud.peek(path);
  if (bytes === undefined) throw new Error(`"${path}" is not there`);
  return bytes;
}

import { vi } from 'vitest';

/** Counts what the platform inflates until the globals are given back; gives the bytes so far. */
export function meterInflating(): () => number {
  let inflated = 0;
  const RealStream = DecompressionStream;
  vi.stubGlobal(
    'DecompressionStream',
    class {
      readonly #real = new RealStream('gzip');
      readonly writable = this.#real.writable;
      readonly readable = this.#real.readable.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform: (chunk, controller) => {
            inflated += chunk.length;
            controller.enqueue(chunk);
          },
        }),
      );
    },
  );
  return () => inflated;
}

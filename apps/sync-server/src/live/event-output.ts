const encoder = new TextEncoder();

/** Bytes that may wait for a client that reads slowly. */
const MOST_WAITING = 1024 * 1024;

/** The writing side of a stream of server-sent events. */
export class EventOutput {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onRoom: (() => void) | undefined;
  #isClosed = false;

  /** `onCancel` is called when the client is gone. */
  constructor(onCancel: () => void) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#onRoom?.(),
        cancel: () => {
          this.#isClosed = true;
          this.#onRoom?.();
          onCancel();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 64 * 1024 }),
    );
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends an event; `data` is JSON text. Gives whether the client keeps up. */
  send(event: string, data: string, id?: string): boolean {
    if (this.#isClosed || this.#controller === undefined) return true;
    const head = id === undefined ? '' : `id: ${id}\n`;
    this.#controller.enqueue(encoder.encode(`${head}event: ${event}\ndata: ${data}\n\n`));
    return -(this.#controller.desiredSize ?? 0) < MOST_WAITING;
  }

  /** Waits until the client has read most of what was sent, or is gone. */
  async drained(): Promise<void> {
    while (!this.#isClosed && (this.#controller?.desiredSize ?? 0) <= 0) {
      await new Promise<void>((resolve) => (this.#onRoom = resolve));
      this.#onRoom = undefined;
    }
  }

  /** Ends the stream after what was sent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#controller?.close();
    this.#onRoom?.();
  }
}

const encoder = new TextEncoder();

/** Bytes that may wait for a client that reads slowly. */
const MOST_WAITING = 1024 * 1024;
/** Bytes that wait while more is read for the client. */
const FEW_WAITING = 64 * 1024;

/** The writing side of a stream of server-sent events. What waits for the client is kept here, so that it can be let go. */
export class EventOutput {
  readonly body: ReadableStream<Uint8Array>;
  #queue: Uint8Array[] = [];
  #bytes = 0;
  #isClosed = false;
  #hasTaken = true;
  #onData: (() => void) | undefined;
  #onRoom: (() => void) | undefined;

  /** `onCancel` is called when the client is gone. */
  constructor(onCancel: () => void) {
    this.body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => this.#give(controller),
        cancel: () => {
          this.cut();
          onCancel();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Sends an event; `data` is JSON text. Gives whether the client keeps up. */
  send(event: string, data: string, id?: string): boolean {
    if (this.#isClosed) return true;
    const head = id === undefined ? '' : `id: ${id}\n`;
    const bytes = encoder.encode(`${head}event: ${event}\ndata: ${data}\n\n`);
    this.#queue.push(bytes);
    this.#bytes += bytes.length;
    this.#onData?.();
    return this.#bytes < MOST_WAITING;
  }

  /** Waits until the client has read most of what was sent, or is gone. */
  async drained(): Promise<void> {
    while (!this.#isClosed && this.#bytes > FEW_WAITING) {
      await new Promise<void>((resolve) => (this.#onRoom = resolve));
      this.#onRoom = undefined;
    }
  }

  /** Whether much waits, and the client has taken nothing since this was asked last. */
  takeStuck(): boolean {
    const isStuck = !this.#hasTaken && this.#bytes > FEW_WAITING;
    this.#hasTaken = false;
    return isStuck;
  }

  /** Ends the stream after what was sent. */
  close(): void {
    this.#isClosed = true;
    this.#onData?.();
    this.#onRoom?.();
  }

  /** Lets go of what the client has not taken: it comes again with the cursor of what it has. */
  drop(): void {
    this.#queue = [];
    this.#bytes = 0;
  }

  /** Ends the stream without what waits. */
  cut(): void {
    this.drop();
    this.close();
  }

  async #give(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#queue.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => (this.#onData = resolve));
      this.#onData = undefined;
    }
    const next = this.#queue.shift();
    if (next === undefined) return controller.close();
    this.#bytes -= next.length;
    this.#hasTaken = true;
    this.#onRoom?.();
    controller.enqueue(next);
  }
}

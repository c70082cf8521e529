/** Requests sent between two turns of the event loop, so that no task exceeds 50 ms. */
const REQUESTS_PER_TURN = 4;

/**
 * Requests that are not waited for one by one: each wait would cost a round trip to the browser's storage process. When one
 * fails, its transaction fails, which is where that is handled.
 */
export class RequestQueue {
  #last: Promise<unknown> = Promise.resolve();
  /** The last one that was sent before the turn before. */
  #earlier: Promise<unknown> = Promise.resolve();
  #sent = 0;
  #isUsed = false;

  /** Whether anything was sent. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  send(request: Promise<unknown>): void {
    request.catch(() => undefined);
    this.#last = request;
    this.#sent++;
    this.#isUsed = true;
  }

  /**
   * Waits, when much was sent, so that the event loop gets its turn: for what was sent a turn ago, so that the storage
   * process has work meanwhile.
   */
  async turn(): Promise<void> {
    if (this.#sent < REQUESTS_PER_TURN) return;
    const earlier = this.#earlier;
    this.#sent = 0;
    this.#earlier = this.#last;
    await earlier;
  }
}

import { type LiveError } from '../live-error.js';
import { type HostTask } from './host-messages.js';

/** What was asked of the host and not answered yet; it is asked again of the next host. Doing a task twice does no harm. */
export class PendingTasks {
  readonly #tasks = new Map<string, PendingTask>();

  /** Keeps a task until it is done; one that nobody waits for is kept once. Gives its id. */
  add(id: string, task: HostTask): string {
    for (const [other, pending] of this.#tasks) {
      if (pending.task === task && !pending.settle) return other;
    }
    this.#tasks.set(id, { task, settle: null });
    return id;
  }

  /** Keeps a task, and settles when it is done. */
  wait(id: string, task: HostTask): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tasks.set(id, { task, settle: { resolve, reject } });
    });
  }

  /** Somebody has done it, or failed. */
  settle(id: string, error: LiveError | null): void {
    const settle = this.#tasks.get(id)?.settle;
    this.#tasks.delete(id);
    if (error) settle?.reject(error);
    else settle?.resolve();
  }

  all(): readonly (readonly [id: string, task: HostTask])[] {
    return [...this.#tasks].map(([id, { task }]) => [id, task] as const);
  }

  /** Nothing will be done any more. */
  rejectAll(error: LiveError): void {
    for (const [id] of this.all()) this.settle(id, error);
  }
}

interface PendingTask {
  readonly task: HostTask;
  /** `null` when nobody waits. */
  readonly settle: {
    readonly resolve: () => void;
    readonly reject: (error: LiveError) => void;
  } | null;
}

import { type ChatStorage } from '@chat-vault/chat-storage';
import { type LiveError } from '../live-error.js';
import { claimHost, type HostFence } from './host-fence.js';
import { type LiveConnection } from '../client/live-connection.js';
import { type LiveSnapshot } from '../client/live-snapshot.js';

/** What `Hosting` needs. */
export interface HostingOptions {
  readonly storage: Pick<ChatStorage, 'writeRows'>;
  readonly name: string;
  readonly id: string;
  readonly connect: (fence: HostFence) => LiveConnection;
  /** The connection is made. */
  readonly onConnected: (token: string) => void;
  readonly onSnapshot: (snapshot: LiveSnapshot) => void;
  /** Another has claimed since. */
  readonly onLost: () => void;
  /** The storage did not let us claim, or is closed. */
  readonly onFailed: () => void;
}

/** What the holder of the lock does, from claiming the fence until it ends. */
export class Hosting {
  readonly #options: HostingOptions;
  #connected: { readonly token: string; readonly connection: LiveConnection } | null = null;
  #unsubscribe: () => void = () => undefined;
  #isOver = false;

  constructor(options: HostingOptions) {
    this.#options = options;
    void this.#begin();
  }

  /** Its token and connection, once the fence is claimed. */
  get connected(): { readonly token: string; readonly connection: LiveConnection } | null {
    return this.#connected;
  }

  /** Ends the connection; nothing is told any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    const connection = this.#connected?.connection;
    this.#connected = null;
    this.#unsubscribe();
    await connection?.close();
  }

  async #begin(): Promise<void> {
    const { storage, name, id, connect } = this.#options;
    try {
      const fence = await claimHost({
        storage,
        name,
        id,
        isHolder: () => !this.#isOver,
        onLost: () => this.#isOver || this.#options.onLost(),
      });
      // Who has lost the lock meanwhile has put its token above that of the new holder, which will notice and claim again.
      if (this.#isOver) return;
      const connection = connect(fence);
      this.#connected = { token: fence.token, connection };
      const subscription = connection.snapshot$.subscribe((snapshot) => {
        if (this.#isOver) return;
        this.#options.onSnapshot(snapshot);
        // As after an upgrade of the database by a newer tab, which is the one to go on.
        if (isStorageClosed(snapshot.error)) this.#options.onFailed();
      });
      this.#unsubscribe = () => subscription.unsubscribe();
      this.#options.onConnected(fence.token);
    } catch {
      // Whoever wants to write to this storage is told of it.
      if (!this.#isOver) this.#options.onFailed();
    }
  }
}

function isStorageClosed(error: LiveError | null): boolean {
  return error?.code === 'storage' && error.details['code'] === 'storage-closed';
}

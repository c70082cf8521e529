import { type ChatStorage } from '@chat-vault/chat-storage';
import { filter, map, type Observable } from 'rxjs';
import { defaultHostEnvironment } from '../host/default-environment.js';
import { type HostEnvironment } from '../host/host-environment.js';
import { joinLiveHost, type LiveHost } from '../host/join-live-host.js';
import { liveHostName } from '../host/live-host-name.js';
import { type LiveServiceWorker, openServiceWorker } from '../host/open-service-worker.js';
import { LiveError } from '../live-error.js';
import { OPEN_FENCE } from '../store/fence.js';
import { LiveStore } from '../store/live-store.js';
import { type RejectedRow } from '../store/outbox.js';
import { defaultLiveEnvironment } from './default-environment.js';
import { connectLive } from './live-connection.js';
import { LiveCommands } from './live-commands.js';
import { type LiveEnvironment } from './live-environment.js';
import { type LiveSnapshot } from './live-snapshot.js';
import { type LiveSync } from './live-sync.js';
import { readConversations, readOutgoing, readStories } from './read-live.js';
import { retryOperation } from '../flush/retry-operation.js';

/** What `openLiveSync` needs. */
export interface LiveOptions {
  /** Where the messages of the person are; live sync keeps its own beside them. */
  readonly storage: ChatStorage;
  /** Base address of the server, such as `https://chat.example.org`, or `''` for the page's own; `/api/sync` is appended. */
  readonly url: string;
  /** A valid access token, `null` when nobody is signed in. Asked before each request; `refused` is the one that got a 401. */
  readonly token: (refused?: string) => Promise<string | null>;
  /** The person: `sub` of the token, and `senderId` of what is sent. */
  readonly userId: string;
  readonly environment?: Partial<LiveEnvironment>;
  /** The service worker that is to hold the connection when it can (`hostLiveSync`). Default: none, a tab holds it. */
  readonly serviceWorker?: LiveServiceWorker;
  /** How the tabs of this browser find each other. Default: as the browser has it; outside of browsers each connects by itself. */
  readonly host?: Partial<HostEnvironment>;
}

/** Opens live sync for a person. It connects by itself, and again whenever that may work; all tabs of a browser share one connection. */
export async function openLiveSync(options: LiveOptions): Promise<LiveSync> {
  const { storage, url, userId } = options;
  const environment = { ...defaultLiveEnvironment(), ...options.environment };
  const { now, after, newId } = environment;
  const store = new LiveStore({ storage, userId, url, fence: OPEN_FENCE, now });
  const hostEnvironment = { ...defaultHostEnvironment(), after, newId, ...options.host };
  const host = joinLiveHost({
    name: liveHostName(storage.deviceId, userId),
    userId,
    storage,
    connect: (fence) => connectLive({ ...options, fence, environment }),
    environment: hostEnvironment,
    worker: openServiceWorker(options, hostEnvironment),
  });
  return new OpenLiveSync(store, host, newId);
}

class OpenLiveSync implements LiveSync {
  readonly snapshot$: Observable<LiveSnapshot>;
  readonly changes$: Observable<void>;
  readonly #store: LiveStore;
  readonly #commands: LiveCommands;
  readonly #host: LiveHost;
  readonly #newId: () => string;
  #isClosed = false;

  constructor(store: LiveStore, host: LiveHost, newId: () => string) {
    this.#store = store;
    this.#host = host;
    this.#newId = newId;
    this.#commands = new LiveCommands(store, newId);
    this.snapshot$ = host.snapshot$;
    const { outbox, rejected, conversations, stories } = store.tables;
    const shown = [outbox, rejected, conversations, stories];
    this.changes$ = store.storage.changes$.pipe(
      filter(({ tables = [] }) => shown.some((table) => tables.includes(table))),
      map(() => undefined),
    );
  }

  send(message: Parameters<LiveSync['send']>[0]): Promise<void> {
    return this.#do(() => this.#commands.send(message));
  }

  edit(message: Parameters<LiveSync['edit']>[0]): Promise<void> {
    return this.#do(() => this.#commands.edit(message));
  }

  delete(message: Parameters<LiveSync['delete']>[0]): Promise<void> {
    return this.#do(() => this.#commands.delete(message));
  }

  react(message: Parameters<LiveSync['react']>[0], emoji: string | null): Promise<void> {
    return this.#do(() => this.#commands.react(message, emoji));
  }

  markRead(conversationUrn: string, upTo?: string): Promise<void> {
    return this.#do(() => this.#commands.markRead(conversationUrn, upTo));
  }

  createConversation(given: Parameters<LiveSync['createConversation']>[0]): Promise<void> {
    const { conversationUrn, title, memberIds } = given;
    const payload = { conversationUrn, title, memberIds: [...memberIds] };
    return this.#do(() => this.#commands.write('CONVERSATION_CREATE', payload));
  }

  renameConversation(conversationUrn: string, title: string | null): Promise<void> {
    return this.#do(() => this.#commands.write('CONVERSATION_RENAME', { conversationUrn, title }));
  }

  setMember(conversationUrn: string, userId: string, role: 'owner' | 'member'): Promise<void> {
    return this.#do(() => this.#commands.write('MEMBER_SET', { conversationUrn, userId, role }));
  }

  removeMember(conversationUrn: string, userId: string): Promise<void> {
    return this.#do(() => this.#commands.write('MEMBER_REMOVE', { conversationUrn, userId }));
  }

  postStory(story: Parameters<LiveSync['postStory']>[0]): Promise<void> {
    return this.#do(async () => {
      if (story.senderId !== this.#store.userId) {
        throw new LiveError('not-the-sender', 'live-sync: the story is of another person');
      }
      await this.#commands.write('STORY_POST', story);
    });
  }

  deleteStory(conversationUrn: string, id: string): Promise<void> {
    return this.#do(() => this.#commands.write('STORY_DELETE', { conversationUrn, id }));
  }

  conversations(): ReturnType<LiveSync['conversations']> {
    return readConversations(this.#store);
  }

  stories(conversationUrn?: string): ReturnType<LiveSync['stories']> {
    return readStories(this.#store, conversationUrn);
  }

  outgoing(): ReturnType<LiveSync['outgoing']> {
    return readOutgoing(this.#store);
  }

  retry(opId: string): Promise<void> {
    return this.#do(() => retryOperation(this.#store, opId, this.#newId));
  }

  async drop(opId: string): Promise<void> {
    const { storage, tables } = this.#store;
    const row = { table: tables.rejected, id: opId };
    await storage.writeRows({
      reads: [row],
      change: (context) => {
        if ((context.row(row.table, row.id) as RejectedRow | undefined) === undefined) {
          throw new LiveError('no-such-operation', 'live-sync: there is no such refused operation');
        }
        return [{ ...row, value: undefined }];
      },
    });
  }

  signedIn(): void {
    this.#host.signedIn();
  }

  syncNow(): Promise<void> {
    return this.#host.syncNow();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#host.close();
  }

  /** Writes something that waits in the outbox from then on. */
  async #do(write: () => Promise<void>): Promise<void> {
    if (this.#isClosed) throw new LiveError('closed', 'live-sync: it was closed');
    await write();
    this.#host.flush();
  }
}

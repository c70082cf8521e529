import { inject, type Provider } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideRouter, Router, withComponentInputBinding } from '@angular/router';
import { type ChatSyncConfig, type ChatSyncFeature, ɵSEAM } from '@chat-vault/chat-sync';
import {
  ChatSyncTestingController,
  provideChatSyncTesting,
  provideLiveSyncTesting,
} from '@chat-vault/chat-sync/testing';
import { App } from '../app';
import { routes } from '../app.routes';
import { AFTER } from '../device/clock';
import { type DemoOffer } from '../device/demo-settings';
import { withMessengerEntities } from '../entities/entity-types';
import { withMessengerLive } from '../live/with-messenger-live';

/** The whole app in jsdom, on a fresh database and a cloud in memory. */
export interface AppHarness {
  readonly sync: ChatSyncTestingController;
  /** Waits until nothing is under way. */
  settle(): Promise<void>;
  find(testId: string): HTMLElement | null;
  /** @throws Error when there is no such element */
  get(testId: string): HTMLElement;
  all(testId: string): readonly HTMLElement[];
  click(testId: string): Promise<void>;
  type(testId: string, text: string): Promise<void>;
  press(testId: string, key: string): Promise<void>;
  go(url: string): Promise<void>;
}

/** What a test may want otherwise. */
export interface HarnessOptions {
  readonly isConnected?: boolean;
  readonly offer?: Partial<DemoOffer>;
  readonly config?: ChatSyncConfig;
  /** Clouds beside the one in memory. */
  readonly features?: readonly ChatSyncFeature[];
  readonly providers?: readonly Provider[];
}

/** jsdom lays nothing out and has no modal dialogs: virtual lists need to be told that there is a window to fill. */
function completeJsdom(): void {
  const size = (value: number) => ({ configurable: true, get: () => value });
  Object.defineProperty(HTMLElement.prototype, 'offsetHeight', size(600));
  Object.defineProperty(HTMLElement.prototype, 'offsetWidth', size(400));
  Element.prototype.scrollTo = () => undefined;
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
}

/** Opens the app at an address; the demo server's offer is given, nothing is fetched. */
export async function openApp(url = '/', options: HarnessOptions = {}): Promise<AppHarness> {
  completeJsdom();
  const offer = { webdav: null, samples: [], live: null, ...options.offer };
  globalThis.fetch = async () => Response.json(offer);
  TestBed.configureTestingModule({
    providers: [
      provideRouter(routes, withComponentInputBinding()),
      provideChatSyncTesting(
        { isConnected: options.isConnected ?? false, config: options.config ?? {} },
        withMessengerEntities(),
        withMessengerLive(),
        ...(options.features ?? []),
      ),
      provideLiveSyncTesting(),
      {
        provide: AFTER,
        useFactory: () => {
          const clock = inject(ɵSEAM.CHAT_SYNC_CLOCK);
          return (ms: number, call: () => void) => clock.after(ms, call);
        },
      },
      options.providers ?? [],
    ],
  });
  const fixture = TestBed.createComponent(App);
  const root = fixture.nativeElement as HTMLElement;
  document.body.replaceChildren(root);
  const sync = TestBed.inject(ChatSyncTestingController);
  const settle = async () => {
    await sync.settle();
    await fixture.whenStable();
  };
  const find = (testId: string) => root.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
  const get = (testId: string) => {
    const element = find(testId);
    if (element === null) throw new Error(`nothing on the screen has the test id "${testId}"`);
    return element;
  };
  const go = async (target: string) => {
    await TestBed.inject(Router).navigateByUrl(target);
    await settle();
  };
  await go(url);
  return {
    sync,
    settle,
    find,
    get,
    go,
    all: (testId) => [...root.querySelectorAll<HTMLElement>(`[data-testid="${testId}"]`)],
    click: async (testId) => {
      get(testId).click();
      await settle();
    },
    type: async (testId, text) => {
      const field = get(testId) as HTMLInputElement;
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
      await settle();
    },
    press: async (testId, key) => {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
      get(testId).dispatchEvent(event);
      await settle();
    },
  };
}

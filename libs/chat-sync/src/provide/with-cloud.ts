import { computed, inject, Injector, runInInjectionContext, signal } from '@angular/core';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type CloudOpener, type CloudSource } from '../cloud/cloud-source';
import { loadCode } from '../cloud/load-code';
import { type ChatSyncFeature } from './chat-sync-feature';

/** A cloud whose code is loaded when it is first opened. */
export interface LazyCloud {
  /** The same as that of the cloud which `load` gives. */
  readonly providerId: string;
  /** What a person calls it. */
  readonly displayName: string;
  /** Called in an injection context; may import a module. */
  load(): Promise<CloudStorage>;
}

/** A cloud with settings that may come and change while the application runs. Other plain data among them reconnects. */
export interface ConfiguredCloud<Settings> {
  /** The same as that of the clouds which are made. */
  readonly providerId: string;
  /** What a person calls it. */
  readonly displayName: string;
  /**
   * Called in an injection context and again whenever a signal it read changes; while it gives nothing the cloud is offered but not
   * configured. Other settings reconnect.
   */
  settings(): Settings | null | undefined;
  /** Where the files are, without secrets. Another place counts as another cloud. */
  location(settings: Settings): string;
  /** Whether who signs in is part of the settings (a password, keys), so that when it is refused only other settings help. */
  hasFixedSignIn?(settings: Settings): boolean;
  /** Gives what makes the cloud; may import a module. A failure is `offline` and is tried again. */
  load(): Promise<(settings: Settings) => CloudStorage>;
}

/** Offers any `CloudStorage`: made once by a function that may `inject`, loaded when it is first opened, or made of settings. */
export function withCloud<Settings = never>(
  cloud: (() => CloudStorage) | LazyCloud | ConfiguredCloud<Settings>,
): ChatSyncFeature {
  return {
    kind: 'cloud',
    name: 'withCloud',
    providers: [],
    createSource: () => {
      if (typeof cloud === 'function') return sourceOf(cloud());
      return 'settings' in cloud ? configuredSource(cloud) : lazySource(cloud);
    },
  };
}

function sourceOf(cloud: CloudStorage): CloudSource {
  const { providerId, displayName } = cloud;
  return { providerId, displayName, opener: signal(() => ({ cloud })) };
}

function lazySource(cloud: LazyCloud): CloudSource {
  const { providerId, displayName } = cloud;
  const injector = inject(Injector);
  let loaded: Promise<CloudStorage> | undefined;
  const opener: CloudOpener = async () => {
    loaded ??= runInInjectionContext(injector, () => cloud.load());
    try {
      return { cloud: await loaded };
    } catch (error) {
      // A chunk that could not be fetched is fetched again the next time.
      loaded = undefined;
      throw error;
    }
  };
  return { providerId, displayName, opener: signal(opener) };
}

function configuredSource<Settings>(cloud: ConfiguredCloud<Settings>): CloudSource {
  const { providerId, displayName } = cloud;
  const injector = inject(Injector);
  const settings = computed(() => runInInjectionContext(injector, () => cloud.settings()), {
    equal: (a, b) => plainText(a) === plainText(b),
  });
  const opener = computed<CloudOpener | null>(() => {
    const current = settings();
    if (current === null || current === undefined) return null;
    return async () => {
      const create = await loadCode(() => cloud.load());
      return { cloud: create(current), location: cloud.location(current) };
    };
  });
  const hasFixedSignIn = computed(() => {
    const current = settings();
    return current !== null && current !== undefined && (cloud.hasFixedSignIn?.(current) ?? false);
  });
  const prepare = () => loadCode(() => cloud.load());
  return { providerId, displayName, opener, hasFixedSignIn, prepare };
}

/** What is plain data of a value, as text. Functions and objects of classes give what is valid when they are asked, so others change nothing. */
const plainText = (value: unknown): string | undefined =>
  JSON.stringify(value, (_key, part: unknown) => (isPlain(part) ? part : undefined));

const isPlain = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  Array.isArray(value) ||
  Object.getPrototypeOf(value) === Object.prototype;

import { InjectionToken, type Signal } from '@angular/core';
import { type CloudStorage } from '@chat-vault/cloud-storage';

/** What an opener is told. */
export interface OpenRequest {
  /** Whether a person's click stands behind it, so that a window or a question may appear. */
  readonly interactive: boolean;
  /** What `OpenedCloud.remember` was the last time, on this device. */
  readonly remembered: unknown;
  /** Whether the person wants to choose another place than the remembered one. */
  readonly otherPlace?: boolean;
}

/** A cloud that is ready for `connect`. */
export interface OpenedCloud {
  readonly cloud: CloudStorage;
  /** Kept on this device and given to the next opening; a value that IndexedDB can store. */
  readonly remember?: unknown;
  /** Where the files are. Another place under the same provider id is a new cloud: what was known of the old one is forgotten. */
  readonly location?: string;
  /** Whether it is known to be another place than the remembered one, for places that have no name. */
  readonly isOtherPlace?: boolean;
}

/** Makes the cloud with the settings of the moment. */
export type CloudOpener = (request: OpenRequest) => OpenedCloud | Promise<OpenedCloud>;

/** A cloud that this application offers, connected or not. */
export interface CloudSource {
  readonly providerId: string;
  /** What a person calls it. */
  readonly displayName: string;
  /** `null` while the settings it needs are missing; another function means other settings. */
  readonly opener: Signal<CloudOpener | null>;
  /** Whether who signs in is part of the settings, so that connecting again with the same ones does not help; default not. */
  readonly hasFixedSignIn?: Signal<boolean>;
  /** Loads the code that opening needs, without opening anything. */
  prepare?(): Promise<unknown>;
}

/** The clouds of `provideChatSync`. */
export const CLOUD_SOURCES = new InjectionToken<readonly CloudSource[]>('CLOUD_SOURCES');

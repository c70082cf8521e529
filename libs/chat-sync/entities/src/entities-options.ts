import { InjectionToken } from '@angular/core';
import {
  type ConflictResolver,
  type IEntityKeyStrategy,
  type IPersistence,
} from '@chat-vault/entity-sync';

/** What `withEntities` may be told; all of it is the same on every device of the application. */
export interface EntitiesOptions {
  /** How entities are divided into keys, the units that are stored and compared; default: one key for each entity name. */
  readonly strategy?: IEntityKeyStrategy;
  /** Begins all keys of the application, in all tiers. Default `app`. */
  readonly prefix?: string;
  /**
   * Name of the database on this device, one for each account; default: made of the base path and the account. A function is called in an
   * injection context when it is opened.
   */
  readonly name?: string | (() => string);
  /** Where entities are kept on this device instead of IndexedDB; called in an injection context, once. */
  readonly local?: () => IPersistence;
  /** Decides between two versions of an entity; default: the later one. */
  readonly conflictResolver?: ConflictResolver;
  /** Fields that `where` finds without looking at every entity, by entity name. */
  readonly indexes?: Readonly<Record<string, readonly string[]>>;
}

/** The options of `withEntities`. */
export const ENTITIES_OPTIONS = new InjectionToken<EntitiesOptions>('ENTITIES_OPTIONS');

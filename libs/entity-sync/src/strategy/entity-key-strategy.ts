import { type Entity } from '../model/entity.js';

/**
 * How entities are divided into entity keys, the units that are stored and compared as a whole. Few hundred entities that are used together make a
 * good key.
 */
export interface IEntityKeyStrategy<FilterOptions = unknown> {
  /** Stands in an id between the logical key and the random part; what a key never ends with, and no letter, digit, `-` or `_` is best. */
  readonly separator: string;
  /** Characters of the random part of an id, each worth 6 bits; at least 8 when devices make ids by themselves. */
  readonly identifierLength: number;
  /** The entity key of a new entity, `<prefix>.<logicalKey>`. Pure: the same entity has the same key everywhere and always. */
  getKey(prefix: string, entityName: string, entity: Entity): string;
  /** The entity keys that a query may look at, of those that exist; `undefined` for all. The caller must be allowed to read them. */
  entityKeyFilter(
    prefix: string,
    entityName: string,
    options: FilterOptions,
  ): readonly string[] | undefined;
  /** Whether a query wants an entity of `<prefix>.global`, where those with ids of an application's own are; absent: it does. */
  isWanted?(entity: Entity, options: FilterOptions): boolean;
}

/** A strategy with logical keys of one's own; queries look at all keys. */
export abstract class EntityKeyStrategy<
  FilterOptions = unknown,
> implements IEntityKeyStrategy<FilterOptions> {
  abstract readonly separator: string;
  abstract readonly identifierLength: number;

  /** The logical key of an entity, `''` for the global one. Pure. `createdAt` is there. */
  abstract getEntityKeyWithoutPrefix(entityName: string, entity: Entity): string;

  getKey(prefix: string, entityName: string, entity: Entity): string {
    return `${prefix}.${this.getEntityKeyWithoutPrefix(entityName, entity) || 'global'}`;
  }

  entityKeyFilter(
    _prefix: string,
    _entityName: string,
    _options: FilterOptions,
  ): readonly string[] | undefined {
    return undefined;
  }
}

/** One key for all entities of a name, such as `app.Contact`: right for up to a few thousand small ones. */
export class EntityKeyNameStrategy extends EntityKeyStrategy {
  readonly separator = '.';
  readonly identifierLength = 12;

  getEntityKeyWithoutPrefix(entityName: string): string {
    return entityName;
  }
}

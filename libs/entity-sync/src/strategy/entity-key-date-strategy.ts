import { type Entity } from '../model/entity.js';
import { EntityKeyStrategy } from './entity-key-strategy.js';

/** Which years a query is about. */
export interface DateStrategyOptions {
  readonly years?: readonly number[];
}

/**
 * Keys by when an entity was created. A subclass says the key of an entity, and all keys of a year:
 * one, or for each month or day.
 */
export abstract class EntityKeyDateStrategy<
  Options extends DateStrategyOptions = DateStrategyOptions,
> extends EntityKeyStrategy<Options> {
  /** Every entity key, with the prefix, in which an entity of the year may be. */
  abstract generateAllEntityKeys(
    prefix: string,
    entityName: string,
    year: number,
  ): readonly string[];

  override entityKeyFilter(
    prefix: string,
    entityName: string,
    { years }: Options,
  ): readonly string[] | undefined {
    return years?.flatMap((year) => this.generateAllEntityKeys(prefix, entityName, year));
  }

  isWanted({ createdAt }: Entity, { years }: Options): boolean {
    return !years || (createdAt !== undefined && years.includes(createdAt.getUTCFullYear()));
  }
}

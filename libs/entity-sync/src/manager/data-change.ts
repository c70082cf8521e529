import { type Entity } from '../model/entity.js';

/** One entity that became visible, changed or went away. */
export interface DataChange {
  readonly kind: 'saved' | 'deleted';
  readonly entityKey: string;
  readonly entityName: string;
  readonly id: string;
  /** `app`: done here through a repository; `sync`: came from another tier. */
  readonly source: 'app' | 'sync';
}

/** A change with the entity before and after it, as they are kept; only for those who do not hand them out. */
export interface EntityTransition extends DataChange {
  readonly before: Entity | undefined;
  readonly after: Entity | undefined;
}

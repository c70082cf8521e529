import { canonicalText } from '../model/canonical-text.js';
import { type Entity } from '../model/entity.js';
import { type EntityTransition } from './data-change.js';

/** Fields by entity name whose values are looked up in an index. */
export type IndexedFields = Readonly<Record<string, readonly string[]>>;

/** Finds ids by the value of a chosen field without looking at every entity. Equal values are those with equal canonical text. */
export class EntityIndex {
  readonly #fields: ReadonlyMap<string, ReadonlyMap<string, Map<string, Set<string>>>>;

  constructor(fields: IndexedFields) {
    this.#fields = new Map(
      Object.entries(fields).map(([name, list]) => [
        name,
        new Map(list.map((field) => [field, new Map<string, Set<string>>()])),
      ]),
    );
  }

  /** Follows a change. */
  update({ entityName, id, before, after }: EntityTransition): void {
    for (const [field, byValue] of this.#fields.get(entityName) ?? []) {
      if (before) {
        const text = valueText(before, field);
        const ids = byValue.get(text);
        ids?.delete(id);
        if (ids?.size === 0) byValue.delete(text);
      }
      if (!after) continue;
      const text = valueText(after, field);
      const ids = byValue.get(text);
      if (ids) ids.add(id);
      else byValue.set(text, new Set([id]));
    }
  }

  /** The ids of the fewest entities that may fulfil the conditions; `undefined` when no field of them is indexed. */
  find(entityName: string, where: object): ReadonlySet<string> | undefined {
    const fields = this.#fields.get(entityName);
    let fewest: ReadonlySet<string> | undefined;
    for (const [field, value] of Object.entries(where)) {
      const byValue = fields?.get(field);
      if (!byValue) continue;
      const ids = byValue.get(canonicalText(value)) ?? new Set();
      if (!fewest || ids.size < fewest.size) fewest = ids;
    }
    return fewest;
  }
}

const valueText = (entity: Entity, field: string): string =>
  canonicalText((entity as Readonly<Record<string, unknown>>)[field]);

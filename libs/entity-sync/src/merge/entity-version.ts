import { canonicalText } from '../model/canonical-text.js';
import { type Entity } from '../model/entity.js';
import { isSameData } from '../model/is-same-data.js';

/** What a device knows of one id: how the entity is, or when it was deleted. */
export type EntityVersion =
  | { readonly kind: 'active'; readonly entity: Entity }
  | { readonly kind: 'deleted'; readonly deletedAt: string };

/** Milliseconds of a `Date`, an ISO text or a number; `-Infinity` for what is no time, so that anything with a time is later. */
export function timeMs(value: unknown): number {
  const ms =
    value instanceof Date
      ? value.getTime()
      : typeof value === 'string'
        ? Date.parse(value)
        : typeof value === 'number'
          ? value
          : NaN;
  return Number.isNaN(ms) ? -Infinity : ms;
}

/** When the entity was saved or deleted, Unix ms. */
export const versionMs = (version: EntityVersion): number =>
  timeMs(version.kind === 'active' ? version.entity.updatedAt : version.deletedAt);

/**
 * A total order on the versions of one id, of which the greatest counts: the later one, at the same time a deletion, and of two
 * updates at the same time the one with the greater canonical text. 0 only for equal versions.
 */
export function compareVersions(a: EntityVersion, b: EntityVersion): number {
  if (a === b) return 0;
  const [aMs, bMs] = [versionMs(a), versionMs(b)];
  if (aMs !== bMs) return aMs < bMs ? -1 : 1;
  if (a.kind !== b.kind) return a.kind === 'active' ? -1 : 1;
  if (a.kind === 'active' && b.kind === 'active' && isSameData(a.entity, b.entity)) return 0;
  const [aText, bText] = [versionText(a), versionText(b)];
  return aText < bText ? -1 : aText > bText ? 1 : 0;
}

/** Whether both say the same. */
export function isSameVersion(a: EntityVersion, b: EntityVersion): boolean {
  if (a.kind !== 'active' || b.kind !== 'active') return compareVersions(a, b) === 0;
  if (a.entity === b.entity || twins.get(a.entity)?.deref() === b.entity) return true;
  if (compareVersions(a, b) !== 0) return false;
  twins.set(a.entity, new WeakRef(b.entity));
  twins.set(b.entity, new WeakRef(a.entity));
  return true;
}

/** Of an entity another object that was found to be the same; so places that were read apart are compared once. Entities are never changed in place. */
const twins = new WeakMap<Entity, WeakRef<Entity>>();

const versionText = (version: EntityVersion): string =>
  version.kind === 'active' ? canonicalText(version.entity) : version.deletedAt;

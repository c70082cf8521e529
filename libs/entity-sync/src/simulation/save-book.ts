import { type EntityVersion, compareVersions } from '../merge/entity-version.js';
import { forEachVersion, versionOf } from '../merge/difference.js';
import { canonicalText } from '../model/canonical-text.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';

/** What an application did to one id, and when at the earliest by its clock. */
interface Deed {
  readonly entityName: string;
  readonly id: string;
  readonly version: EntityVersion;
  /** Whether the time of a deletion is only the earliest that it can have. */
  readonly isAtLeast: boolean;
}

/** Everything that applications did, and which of it must never be lost. */
export class SaveBook {
  readonly #saves = new Set<string>();
  readonly #acknowledged: Deed[] = [];

  /** Notes a save with what was kept. */
  save(entityName: string, id: string, entity: Entity): Deed {
    this.#saves.add(canonicalText([entityName, entity]));
    return { entityName, id, version: { kind: 'active', entity }, isAtLeast: false };
  }

  /** Notes a deletion of what was as given, if anything. */
  delete(entityName: string, id: string, before: Entity | null): Deed {
    const deletedAt = (before?.updatedAt ?? new Date(0)).toISOString();
    return { entityName, id, version: { kind: 'deleted', deletedAt }, isAtLeast: true };
  }

  /** From now on these must not be lost. */
  acknowledge(deeds: readonly Deed[]): void {
    this.#acknowledged.push(...deeds);
  }

  /** @throws when something that was acknowledged is neither there nor replaced by the rule of the merge */
  checkNothingLost(dataOf: (id: string) => EntityKeyData, who: string): void {
    for (const { entityName, id, version, isAtLeast } of this.#acknowledged) {
      const known = versionOf(dataOf(id), entityName, id);
      if (known && compareVersions(known, version) >= 0) {
        // A deletion whose time is not known exactly is undone by what was before it.
        if (!isAtLeast || compareVersions(known, version) > 0) continue;
      }
      const lost = canonicalText({ entityName, id, version, known });
      throw new Error(`${who}: acknowledged and lost: ${lost}`);
    }
  }

  /** @throws when there is an entity that nobody saved like this */
  checkNothingInvented(data: EntityKeyData, who: string): void {
    forEachVersion(data, (entityName, id, version) => {
      if (version.kind === 'deleted') return;
      if (this.#saves.has(canonicalText([entityName, version.entity]))) return;
      throw new Error(`${who}: nobody saved ${entityName} ${id}: ${canonicalText(version.entity)}`);
    });
  }
}

export type { Deed };

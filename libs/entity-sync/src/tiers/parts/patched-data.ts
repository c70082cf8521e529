import { forEachVersion } from '../../merge/difference.js';
import { DELETED, type EntityKeyData } from '../../model/entity-key-data.js';
import { inner, type MutableMap, unite } from './parts.js';

/** The data in which the ids of the patch are as it says. */
export function patchedData(data: EntityKeyData, patch: EntityKeyData): EntityKeyData {
  const patched = unite([data]) as unknown as { [name: string]: MutableMap };
  forEachVersion(patch, (name, id, version) => {
    const entities = inner(patched, name);
    const deleted = inner(inner(patched, DELETED), name);
    delete entities[id];
    delete deleted[id];
    if (version.kind === 'active') entities[id] = version.entity;
    else deleted[id] = version.deletedAt;
  });
  const deleted = inner(patched, DELETED) as { [name: string]: MutableMap };
  // Equal data have one form: maps that hold nothing are not there.
  for (const maps of [deleted, patched])
    for (const [name, map] of Object.entries(maps))
      if (Object.keys(map).length === 0) delete maps[name];
  return patched as unknown as EntityKeyData;
}

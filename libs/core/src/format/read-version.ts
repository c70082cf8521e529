import { FormatError } from '../errors/format-error.js';
import { type JsonObject, malformed, ownField, readCount } from '../json/read-json.js';
import { FORMAT_VERSION } from './limits.js';

/** Refuses what a newer version wrote (docs/vault-format.md, "Versions"). @throws FormatError `upgrade-required`, `malformed` */
export function checkVersion(object: JsonObject): void {
  const version = readCount(ownField(object, 'version'), 'version');
  const needed = Math.max(version, readVersionOr1(object, 'minReader'));
  if (needed > FORMAT_VERSION)
    throw new FormatError(
      'upgrade-required',
      `core: written by version ${needed} of the format, this library reads ${FORMAT_VERSION}; update the app`,
      { details: { needed, supported: FORMAT_VERSION } },
    );
  if (version < 1) throw malformed('version', 'a version of the format');
}

/** A version number, 1 when the field is absent. @throws FormatError `malformed` */
export function readVersionOr1(object: JsonObject, field: string): number {
  const value = ownField(object, field);
  return value === undefined ? 1 : readCount(value, field);
}

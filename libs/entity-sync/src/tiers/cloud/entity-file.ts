import {
  type EntityKeyData,
  entitiesOf,
  entityNamesOf,
  deletedOf,
} from '../../model/entity-key-data.js';
import { malformed, readObject } from '../../serial/decode-value.js';
import { decodeEntityKeyData, encodeEntityKeyData } from '../../serial/entity-key-json.js';
import { type JsonValue } from '../../serial/json-value.js';
import { type PartPrefix, partOf } from '../parts/parts.js';

/** That a file was merged: its digest, and in which parts, this one among them, all it held is. */
export interface MergedFile {
  readonly digest: string;
  readonly parts: readonly PartPrefix[];
}

/** What a file holds (docs/entity-format.md, "Content"). */
export interface EntityFile {
  readonly key: string;
  readonly data: EntityKeyData;
  /** By the names of files that are not needed any more when all their parts are here. */
  readonly merged: ReadonlyMap<string, MergedFile>;
  /** Digests by the names of the newest files that the writer saw and did not merge: a chain, in which a gap is noticed. */
  readonly after: ReadonlyMap<string, string>;
  /** Whose it is, as 16 hex digits; absent when its writer did not say. */
  readonly account?: string;
}

const VERSION = 1;
const DIGEST = /^[0-9a-f]{32}$/;
const ACCOUNT = /^[0-9a-f]{16}$/;
const PREFIX = /^[01]{0,16}$/;

/** The file as JSON, for a codec. @throws EntitySyncError `invalid-entity` */
export function entityFileToJson({ key, data, merged, after, account }: EntityFile): JsonValue {
  return {
    version: VERSION,
    kind: 'entities',
    ...(account !== undefined && { account }),
    key,
    data: encodeEntityKeyData(data),
    ...chainToJson({ merged, after }),
  };
}

/** The file of some JSON. @throws EntitySyncError `malformed` for what is none, or holds ids that are not of its part */
export function parseEntityFile(json: unknown, prefix: PartPrefix): EntityFile {
  const file = readObject(json, 'a file');
  if (file['kind'] !== 'entities') throw malformed('a file is not one of entities');
  if (file['version'] !== VERSION)
    throw malformed('a file is of a version that is not known here; update the app');
  const key = file['key'];
  if (typeof key !== 'string') throw malformed('a file has no key');
  const data = decodeEntityKeyData(file['data']);
  if (!isOfPart(data, prefix)) throw malformed('a file holds ids of another part');
  return { key, data, ...parseAccount(file['account']), ...parseChain(file) };
}

/** What a file says of others, as JSON. */
export const chainToJson = ({
  merged,
  after,
}: Pick<EntityFile, 'merged' | 'after'>): { readonly [field: string]: JsonValue } => ({
  merged: Object.fromEntries(
    [...merged].map(([stem, { digest, parts }]) => [stem, [digest, ...parts]]),
  ),
  after: Object.fromEntries(after),
});

/** What a file says of others. @throws EntitySyncError `malformed` */
export const parseChain = (file: {
  readonly [field: string]: unknown;
}): Pick<EntityFile, 'merged' | 'after'> => ({
  merged: parseMerged(file['merged']),
  after: parseAfter(file['after']),
});

function parseMerged(json: unknown): ReadonlyMap<string, MergedFile> {
  const entries = Object.entries(readObject(json, 'the list of merged files'));
  return new Map(
    entries.map(([stem, value]) => {
      if (!Array.isArray(value) || value.length < 2) throw malformed('a merged file has no parts');
      const [digest, ...parts] = value as readonly unknown[];
      if (!parts.every((part) => typeof part === 'string' && PREFIX.test(part)))
        throw malformed('a part is not one');
      return [stem, { digest: parseDigest(digest), parts: parts as readonly PartPrefix[] }];
    }),
  );
}

function parseAfter(json: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries(readObject(json, 'the list of files before'));
  return new Map(entries.map(([stem, digest]) => [stem, parseDigest(digest)]));
}

function parseAccount(account: unknown): Pick<EntityFile, 'account'> {
  if (account === undefined) return {};
  if (typeof account !== 'string' || !ACCOUNT.test(account))
    throw malformed('an account is not one');
  return { account };
}

function parseDigest(digest: unknown): string {
  if (typeof digest !== 'string' || !DIGEST.test(digest)) throw malformed('a digest is not one');
  return digest;
}

function isOfPart(data: EntityKeyData, prefix: PartPrefix): boolean {
  if (prefix === '') return true;
  return entityNamesOf(data).every((name) =>
    [
      ...Object.keys(entitiesOf(data, name) ?? {}),
      ...Object.keys(deletedOf(data, name) ?? {}),
    ].every((id) => partOf(name, id, prefix.length) === prefix),
  );
}

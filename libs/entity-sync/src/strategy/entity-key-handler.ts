import { EntitySyncError } from '../errors/entity-sync-error.js';
import { DELETED } from '../model/entity-key-data.js';
import { type Entity } from '../model/entity.js';
import { isStorableKey } from '../model/storable-key.js';
import { type IEntityKeyStrategy } from './entity-key-strategy.js';

/** The logical key of what has no better one. */
const GLOBAL = 'global';
/** The logical key under which a tier keeps its metadata. */
const METADATA = 'metadata';
/** 64 characters that are safe in addresses and file names, as nanoid uses. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The key under which a tier keeps its metadata. */
export const metadataKeyOf = (prefix: string): string => `${prefix}.${METADATA}`;

/**
 * Ids and entity keys. An id says by itself in which key it is, so that every device looks in the same place: `<logicalKey>.<random part>` as
 * it is made here, and `<prefix>.global` for every other id that an application chose.
 */
export class EntityKeyHandler {
  readonly prefix: string;
  readonly #strategy: IEntityKeyStrategy;
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #alphabet: string;

  constructor(
    prefix: string,
    strategy: IEntityKeyStrategy,
    randomBytes: (length: number) => Uint8Array,
  ) {
    if (prefix === '') throw invalid('prefix', 'is empty');
    if (strategy.separator === '') throw invalid('strategy.separator', 'is empty');
    const { identifierLength } = strategy;
    if (!(Number.isInteger(identifierLength) && identifierLength >= 1 && identifierLength <= 64))
      throw invalid('strategy.identifierLength', 'is no whole number from 1 to 64');
    this.prefix = prefix;
    this.#strategy = strategy;
    this.#randomBytes = randomBytes;
    // The random part must not hold the separator: what stands before its last place is the logical key.
    const rest = [...ALPHABET].filter((character) => !strategy.separator.includes(character));
    if (rest.length === 0) throw invalid('strategy.separator', 'leaves no character for ids');
    this.#alphabet = rest.join('');
  }

  /** The key of a new entity that has no id. @throws EntitySyncError `invalid-entity` for a strategy that breaks its contract */
  keyOfNew(entityName: string, entity: Entity): string {
    const key = this.#strategy.getKey(this.prefix, entityName, entity);
    const start = `${this.prefix}.`;
    if (!key.startsWith(start) || key === start || key === metadataKeyOf(this.prefix))
      throw invalid('strategy', `gave the key "${key}", not one of its own below "${start}"`);
    if (!isStorableKey(key))
      throw invalid('strategy', `gave a key of ${key.length} characters that no tier takes`);
    return key;
  }

  /** A new id for the key. @throws EntitySyncError `invalid-entity` when chance gives none that is free */
  newId(key: string, isTaken: (id: string) => boolean = () => false): string {
    const { separator } = this.#strategy;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const id = `${key.slice(this.prefix.length + 1)}${separator}${this.#randomPart()}`;
      if (!isTaken(id)) return id;
    }
    throw invalid('id', 'is to be made, and all that were tried are taken');
  }

  /** The key that the id belongs to. */
  keyOfId(id: string): string {
    const { identifierLength, separator } = this.#strategy;
    const end = id.length - identifierLength - separator.length;
    const logicalKey = end > 0 && id.startsWith(separator, end) ? id.slice(0, end) : GLOBAL;
    const random = id.slice(end + separator.length);
    const isMade = [...random].every((character) => this.#alphabet.includes(character));
    const key = `${this.prefix}.${logicalKey}`;
    return isMade && logicalKey !== METADATA && isStorableKey(key) ? key : this.#globalKey;
  }

  /** Says which of some keys a query looks at. */
  filter(entityName: string, options: object): (key: string) => boolean {
    const keys = this.#strategy.entityKeyFilter(this.prefix, entityName, options);
    if (!keys) return () => true;
    const wanted = new Set([...keys, this.#globalKey]);
    return (key) => wanted.has(key);
  }

  /** The keys that a query names by itself, whether they exist or not. */
  namedKeys(entityName: string, options: object): readonly string[] {
    return this.#strategy.entityKeyFilter(this.prefix, entityName, options) ?? [];
  }

  /** Whether a query with these options wants an entity of the key. */
  isWanted(key: string, entity: Entity, options: object): boolean {
    return key !== this.#globalKey || this.#strategy.isWanted?.(entity, options) !== false;
  }

  /** @throws EntitySyncError `invalid-entity` for a name that no entity may have */
  checkName(entityName: string): void {
    if (entityName === '' || entityName === DELETED)
      throw invalid('entityName', `"${entityName}" is reserved`);
  }

  #randomPart(): string {
    const { identifierLength } = this.#strategy;
    let random = '';
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      for (const byte of this.#randomBytes(identifierLength - random.length))
        random += this.#alphabet[byte & 63] ?? '';
      if (random.length >= identifierLength) return random.slice(0, identifierLength);
    }
    throw invalid('environment.randomBytes', 'gives too few bytes, or always the same');
  }

  get #globalKey(): string {
    return `${this.prefix}.${GLOBAL}`;
  }
}

/** So often chance may fail, before something else is wrong. */
const MAX_TRIES = 1000;

const invalid = (field: string, what: string): EntitySyncError =>
  new EntitySyncError('invalid-entity', `entity-sync: ${field} ${what}`, { details: { field } });

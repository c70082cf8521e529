import { toBase64 } from '@chat-vault/core/records';
import { EntitySyncError } from '../errors/entity-sync-error.js';
import { emptyMap } from '../model/entity-key-data.js';
import { isWellFormed, type JsonValue, MAX_DEPTH, NESTED_EVERY, TAG } from './json-value.js';

/**
 * A value of an application as JSON: besides what JSON knows, `Date`, `undefined`, all numbers, big integers, `Uint8Array` and texts with
 * lone surrogates. Of an instance of a class, the own enumerable properties are kept.
 *
 * @throws EntitySyncError `invalid-entity` for what would be lost: functions, symbols, `Map`, `Set` and other objects that are more than their
 * properties, cycles and nesting deeper than 100; `details.field` says where it is
 */
export function encodeValue(value: unknown): JsonValue {
  return new ValueEncoder().encode(value, 0);
}

class ValueEncoder {
  /** Where in the value we are, for the error. */
  readonly #path: string[] = [];

  encode(value: unknown, depth: number): JsonValue {
    switch (typeof value) {
      case 'string':
        return encodeText(value);
      case 'number':
        return encodeNumber(value);
      case 'boolean':
        return value;
      case 'undefined':
        return { [TAG.undefined]: true };
      case 'bigint':
        return { [TAG.bigint]: value.toString() };
      case 'object':
        return value === null ? null : this.#encodeObject(value, depth);
      case 'function':
      case 'symbol':
        throw this.#refused(`a ${typeof value}`);
    }
  }

  #encodeObject(value: object, depth: number): JsonValue {
    if (value instanceof Uint8Array) return { [TAG.bytes]: toBase64(value) };
    if (depth >= MAX_DEPTH) throw this.#refused('a cycle, or nested too deeply');
    const json = this.#encodeInner(value, depth);
    const isNested = depth > 0 && depth % NESTED_EVERY === 0;
    return isNested ? { [TAG.nested]: JSON.stringify(json) } : json;
  }

  #encodeInner(value: object, depth: number): JsonValue {
    if (Array.isArray(value))
      return Array.from(value, (item: unknown, at) => this.#inside(`${at}`, item, depth));
    switch (Object.prototype.toString.call(value)) {
      case '[object Date]':
        return this.#encodeDate(value);
      case '[object Object]':
        return this.#encodeNames(value as Readonly<Record<string, unknown>>, depth);
      default:
        throw this.#refused('of a kind that cannot be kept');
    }
  }

  #encodeDate(value: object): JsonValue {
    let ms: number;
    try {
      ms = Date.prototype.getTime.call(value);
    } catch {
      throw this.#refused('no real date'); // it only says that it is one
    }
    return { [TAG.date]: Number.isNaN(ms) ? null : new Date(ms).toISOString() };
  }

  #encodeNames(object: Readonly<Record<string, unknown>>, depth: number): JsonValue {
    if (typeof object['toJSON'] === 'function') throw this.#refused('of a kind with its own JSON');
    const names = Object.keys(object);
    if (isPlain(names)) {
      const json: { [name: string]: JsonValue } = emptyMap();
      for (const name of names) json[name] = this.#inside(name, object[name], depth);
      return json;
    }
    const list = names.flatMap((name) => [
      encodeText(name),
      this.#inside(name, object[name], depth),
    ]);
    return { [TAG.object]: list };
  }

  #inside(name: string, value: unknown, depth: number): JsonValue {
    this.#path.push(name);
    const json = this.encode(value, depth + 1);
    this.#path.pop();
    return json;
  }

  #refused(what: string): EntitySyncError {
    const field = this.#path.slice(0, MAX_DEPTH).join('.');
    return new EntitySyncError(
      'invalid-entity',
      `entity-sync: "${field}" is ${what}; keep plain objects, lists, texts, numbers, dates and bytes`,
      { details: { field } },
    );
  }
}

/** A text, tagged when UTF-8 cannot hold it. */
export function encodeText(text: string): JsonValue {
  return isWellFormed(text) ? text : { [TAG.text]: JSON.stringify(text) };
}

function encodeNumber(value: number): JsonValue {
  if (Object.is(value, -0)) return { [TAG.number]: '-0' };
  return Number.isFinite(value) ? value : { [TAG.number]: String(value) };
}

/** Whether the names are those of plain JSON, in the order in which a codec writes them. */
function isPlain(names: readonly string[]): boolean {
  let last = '';
  for (const name of names) {
    if (name < last || name.startsWith('$') || !isWellFormed(name)) return false;
    last = name;
  }
  return true;
}

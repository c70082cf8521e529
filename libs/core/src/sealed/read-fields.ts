import { type JsonObject, malformed } from '../json/read-json.js';

/** Refuses an object with other fields than these; none of them need be there. @throws FormatError `malformed` */
export function readFields(object: JsonObject, field: string, names: readonly string[]): void {
  if (!Object.keys(object).every((key) => names.includes(key)))
    throw malformed(field, `an object with no other fields than ${names.join(', ')}`);
}

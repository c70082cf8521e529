import { v5 as uuidv5 } from 'uuid';
import { type EntityTypes, STRATEGY } from './entity-types';

const NAMESPACE = '5f1c0f0a-7d0e-4c55-9d0c-6a1f0a3c9b57';
const BITS_OF_CHARACTER = 6;

/**
 * The id of the entity about a subject, the same on every device: `<name>.<12 characters>`, which are made of the subject by SHA-1. So
 * two devices that begin the same contact begin one, and it lies under the key of its name.
 */
export function entityId(name: keyof EntityTypes, subject: string): string {
  const { identifierLength, separator } = STRATEGY;
  const digest = uuidv5(JSON.stringify([name, subject]), NAMESPACE, new Uint8Array(16));
  // What is left out says the version of the UUID.
  const bytes = digest.slice(-(identifierLength * BITS_OF_CHARACTER) / 8);
  const text = btoa(String.fromCharCode(...bytes));
  return `${name}${separator}${text.replaceAll('+', '-').replaceAll('/', '_')}`;
}

import { type PartPrefix } from '../parts/parts.js';

/** What the name of a file tells (docs/entity-format.md, "Names"). */
export interface FileName {
  /** The name without the extension; nobody else can choose it. */
  readonly stem: string;
  /** Stands for the entity key. */
  readonly token: string;
  /** `base`: all of a part when it was written; `change`: what was new; `bundle`: what several changes held. */
  readonly kind: 'base' | 'bundle' | 'change';
  /** Greater than that of every file that its writer knew under the key. */
  readonly generation: number;
  /** Which ids the file holds; `''` for any. */
  readonly prefix: PartPrefix;
  readonly extension: string;
}

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const NAME = new RegExp(
  `^([A-Za-z0-9._=-]{1,160})~([bmc])([1-9][0-9]{0,8})(?:-([01]{1,16}))?_${ID.source}$`,
);

const LETTERS = { base: 'b', bundle: 'm', change: 'c' } as const;
const EXTENSION = /^[a-z0-9]{1,8}(?:\.[a-z0-9]{1,8}){0,3}$/;

/** The name of a new file, without its extension. */
export function fileStem(
  { token, kind, generation, prefix }: Omit<FileName, 'stem' | 'extension'>,
  id: string,
): string {
  const part = prefix === '' ? '' : `-${prefix}`;
  return `${token}~${LETTERS[kind]}${generation}${part}_${id}`;
}

/** What a name tells, `undefined` for files of others (`desktop.ini`, conflicted copies), which are never touched. */
export function parseFileName(name: string): FileName | undefined {
  const dot = name.indexOf('.', name.lastIndexOf('_'));
  if (dot < 0) return undefined;
  const [stem, extension] = [name.slice(0, dot), name.slice(dot + 1)];
  const match = NAME.exec(stem);
  if (!match || !EXTENSION.test(extension)) return undefined;
  const [, token = '', kind, generation, prefix = ''] = match;
  if (!isOpaque(token) && decodeToken(token) === undefined) return undefined;
  return {
    stem,
    token,
    kind: kind === 'b' ? 'base' : kind === 'm' ? 'bundle' : 'change',
    generation: Number(generation),
    prefix,
    extension,
  };
}

/** Whether a name can end with the id. */
export const isFileId = (id: string): boolean => new RegExp(`^${ID.source}$`).test(id);

/** Whether the token tells nothing about its key, which is then only in the files. */
export const isOpaque = (token: string): boolean => /^==[0-9a-f]{32}$/.test(token);

/** A token that tells nothing, from a UUID. */
export const opaqueToken = (id: string): string => `==${id.replaceAll('-', '')}`;

/** Longer ones would make names that some file systems refuse. */
const MAX_TOKEN = 120;
/** Names that Windows keeps for devices, whatever follows after a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?=\.|$)/i;

/** A token in which a person can read the key, `undefined` when the key does not fit into a name. */
export function readableToken(key: string): string | undefined {
  let token = '';
  for (const byte of new TextEncoder().encode(key)) {
    const character = String.fromCharCode(byte);
    token += /[A-Za-z0-9._-]/.test(character) ? character : escaped(byte);
  }
  if (token.startsWith('.') || DEVICE.test(token))
    token = escaped(token.charCodeAt(0)) + token.slice(1);
  return token !== '' && token.length <= MAX_TOKEN ? token : undefined;
}

/** The key of a readable token, `undefined` for what `readableToken` never gives. */
export function decodeToken(token: string): string | undefined {
  if (/=(?![0-9A-F]{2})/.test(token)) return undefined;
  const bytes = token.replace(/=([0-9A-F]{2})|[^]/g, (character, hex?: string) =>
    hex === undefined ? character : String.fromCharCode(parseInt(hex, 16)),
  );
  let key: string;
  try {
    key = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(bytes, (character) => character.charCodeAt(0)),
    );
  } catch {
    return undefined; // no UTF-8
  }
  return readableToken(key) === token ? key : undefined;
}

const escaped = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;

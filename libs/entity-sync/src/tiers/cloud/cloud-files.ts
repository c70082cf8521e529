import { FormatError, type VaultCodec } from '@chat-vault/core';
import { isSealedExtension, sha256Hex } from '@chat-vault/core/format';
import { CloudError, type CloudOperation, type CloudStorage } from '@chat-vault/cloud-storage';
import { EntitySyncError } from '../../errors/entity-sync-error.js';
import { unitsOf } from '../../metadata/entity-digest.js';
import { type CloudTierSettings } from './cloud-options.js';
import { type EntityFile, entityFileToJson, parseEntityFile } from './entity-file.js';
import {
  decodeToken,
  type FileName,
  fileStem,
  isFileId,
  isOpaque,
  parseFileName,
} from './file-name.js';
import { type KnownFile, type ListedFile } from './known-file.js';

/** Why a file is not used. Nothing of it is, and it is left alone. */
export interface FileProblem {
  readonly code: string;
  readonly reason: string;
}

/** What came of reading a file. */
export type OpenedFile =
  | { readonly kind: 'known'; readonly file: KnownFile }
  | { readonly kind: 'problem'; readonly problem: FileProblem }
  | { readonly kind: 'gone' };

/** A file that is to be written. */
export interface NewFile
  extends Omit<FileName, 'stem' | 'extension'>, Omit<EntityFile, 'account'> {}

/** What a codec is shown of a file. */
const BEGINNING_BYTES = 256;

/** Lists, reads and writes the files of entities: names, codecs and digests. It remembers nothing. */
export class CloudFiles {
  readonly #cloud: CloudStorage;
  readonly #codec: VaultCodec;
  readonly #settings: CloudTierSettings;
  readonly #codecs: ReadonlyMap<string, VaultCodec>;
  /** The beginning of a file that was written as it would be now; all that were share it, so that many take no room. */
  #sample: Uint8Array | undefined;
  #lastId: string | undefined;

  constructor(cloud: CloudStorage, codec: VaultCodec, settings: CloudTierSettings) {
    this.#cloud = cloud;
    this.#codec = codec;
    this.#settings = settings;
    this.#codecs = new Map([...settings.alsoReads, codec].map((one) => [one.extension, one]));
  }

  /** Where all of this is, for the keys of a cache. */
  get place(): string {
    return `${this.#cloud.providerId}~${this.#settings.basePath}`;
  }

  /** Whether names must not tell the keys. */
  get isSealed(): boolean {
    return isSealedExtension(this.#codec.extension);
  }

  /** Whether the file was written as it would be now, also with the same key. */
  async isCurrent({
    extension,
    beginning,
  }: Pick<KnownFile, 'extension' | 'beginning'>): Promise<boolean> {
    if (extension !== this.#codec.extension) return false;
    return beginning === undefined || (await this.#codec.isCurrent?.(beginning)) !== false;
  }

  /** All files of entities, by name without extension, in one call. Files of others are left out. */
  async list(): Promise<Map<string, ListedFile>> {
    const folder = this.#folder;
    const files = await this.#cloud.list(folder);
    this.#tell('list', folder, 0);
    const listed = new Map<string, ListedFile>();
    for (const { path, size, modifiedAt } of files) {
      const name = parseFileName(path.slice(path.lastIndexOf('/') + 1));
      if (!name) continue;
      const other = listed.get(name.stem);
      if (other !== undefined && this.#rank(other) > this.#rank(name)) continue;
      const sizes = other?.path === path ? [...other.sizes, size] : [size];
      listed.set(name.stem, { ...name, path, sizes, modifiedAt });
    }
    return listed;
  }

  /** Reads a file. @throws CloudError; FormatError `locked`, which is no fault of the file */
  async open(listed: FileName & { readonly path: string }): Promise<OpenedFile> {
    const codec = this.#codecs.get(listed.extension);
    if (!codec) return problem('unsealed', 'it was written in another way than is read here');
    let bytes: Uint8Array;
    try {
      bytes = await this.#read(listed.path);
    } catch (error) {
      if (error instanceof CloudError && error.code === 'not-found') return { kind: 'gone' };
      throw error;
    }
    try {
      const seal = await this.#sealOf(codec, bytes);
      const json = await codec.decode(bytes, { kind: 'entities', partition: listed.stem });
      const { account, ...content } = parseEntityFile(json, listed.prefix);
      const ours = await this.#account();
      if (account !== undefined && ours !== undefined && account !== ours)
        return problem('foreign-vault', 'it belongs to another account');
      if (!isOpaque(listed.token) && decodeToken(listed.token) !== content.key)
        return problem('malformed', 'its name is of another key than its content');
      const digest = await digestOf(bytes);
      const known = { ...listed, ...content, size: bytes.length, digest, isReadBack: true };
      return { kind: 'known', file: { ...known, ...seal, units: unitsOf(content.data) } };
    } catch (error) {
      const isOurs = error instanceof FormatError || error instanceof EntitySyncError;
      if (!isOurs || error.code === 'locked') throw error;
      return problem(error.code, error.message);
    }
  }

  /** Writes a file under a name that nobody else has. @throws CloudError, FormatError, EntitySyncError `invalid-entity` */
  async create(file: NewFile): Promise<KnownFile> {
    try {
      return await this.#create(file);
    } catch (error) {
      // A beginning of it lies there from an upload that broke off.
      if (error instanceof CloudError && error.code === 'conflict') return this.#create(file);
      throw error;
    }
  }

  /** Whether the file answers to its name, whatever listings show. */
  async exists(path: string): Promise<boolean> {
    try {
      const bytes = await this.#cloud.read(path, { range: { offset: 0, length: 1 } });
      this.#tell('read', path, bytes.length);
      return true;
    } catch (error) {
      if (error instanceof CloudError && error.code === 'not-found') return false;
      throw error;
    }
  }

  /** An id for a name or a token. @throws EntitySyncError `invalid-entity` for one that would make a name that is none, or another one's */
  newId(): string {
    const id = this.#settings.newId();
    if (isFileId(id) && id !== this.#lastId) return (this.#lastId = id);
    throw new EntitySyncError(
      'invalid-entity',
      'entity-sync: newId gave no UUID in lower case, or the one before; nothing was written',
      { details: { field: 'newId' } },
    );
  }

  async remove(path: string): Promise<void> {
    await this.#cloud.remove(path);
    this.#tell('remove', path, 0);
  }

  /** Of two files whose names differ in the extension only, the one that we would write hides the other, whoever put it there. */
  #rank({ extension }: FileName): number {
    if (extension === this.#codec.extension) return 2;
    return this.#codecs.has(extension) ? 1 : 0;
  }

  get #folder(): string {
    const { basePath } = this.#settings;
    return basePath === '' ? 'entities' : `${basePath}/entities`;
  }

  async #read(path: string): Promise<Uint8Array> {
    const bytes = await this.#cloud.read(path);
    this.#tell('read', path, bytes.length);
    return bytes;
  }

  async #create(file: NewFile): Promise<KnownFile> {
    const { extension } = this.#codec;
    const stem = fileStem(file, this.newId());
    const account = await this.#account();
    const json = entityFileToJson({ ...file, ...(account !== undefined && { account }) });
    const bytes = await this.#codec.encode(json, { kind: 'entities', partition: stem });
    const path = `${this.#folder}/${stem}.${extension}`;
    const digest = await digestOf(bytes);
    const seal = await this.#sealOf(this.#codec, bytes);
    await this.#cloud.create(path, bytes);
    this.#tell('create', path, bytes.length);
    const units = unitsOf(file.data);
    const written = { stem, extension, path, size: bytes.length, digest, units };
    return { ...file, ...written, ...seal, isReadBack: false };
  }

  async #account(): Promise<string | undefined> {
    const { accountId } = this.#settings;
    if (accountId === undefined) return undefined;
    return (await sha256Hex(new TextEncoder().encode(accountId))).slice(0, 16);
  }

  async #sealOf(codec: VaultCodec, bytes: Uint8Array): Promise<Pick<KnownFile, 'beginning'>> {
    if (codec.isCurrent === undefined) return {};
    const beginning = bytes.slice(0, BEGINNING_BYTES);
    if (codec !== this.#codec || !(await codec.isCurrent(beginning))) return { beginning };
    const isSame = this.#sample !== undefined && (await codec.isCurrent(this.#sample));
    if (!isSame) this.#sample = beginning;
    return { beginning: this.#sample ?? beginning };
  }

  #tell(operation: CloudOperation, path: string, bytes: number): void {
    this.#settings.onTransfer?.({ operation, path, bytes });
  }
}

/** The beginning of the SHA-256 is enough: nobody can find other bytes for a given digest. */
async function digestOf(bytes: Uint8Array): Promise<string> {
  return (await sha256Hex(bytes)).slice(0, 32);
}

const problem = (code: string, reason: string): OpenedFile => ({
  kind: 'problem',
  problem: { code, reason },
});

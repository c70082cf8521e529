import {
  type ByteRange,
  type CallOptions,
  CloudError,
  type CloudErrorCode,
  type CloudFile,
  type CloudOperation,
  type CloudStorage,
} from '@chat-vault/cloud-storage';

interface Script {
  readonly operation: CloudOperation | 'any';
  readonly error: CloudError;
  times: number;
}

/** A cloud that fails when told so. Free of any test runner, unlike the kit of `@chat-vault/cloud-storage/testing`. */
export class FailingCloud implements CloudStorage {
  readonly providerId: string;
  readonly displayName: string;
  readonly #cloud: CloudStorage;
  readonly #scripts: Script[] = [];

  constructor(cloud: CloudStorage) {
    this.#cloud = cloud;
    this.providerId = cloud.providerId;
    this.displayName = cloud.displayName;
  }

  /** The next calls of that kind reject and are not carried out. */
  failNext(operation: CloudOperation | 'any', error: CloudError | CloudErrorCode, times = 1): void {
    const thrown =
      typeof error === 'string' ? new CloudError(error, `chat-sync/testing: ${error}`) : error;
    this.#scripts.push({ operation, error: thrown, times });
  }

  /** Takes back what was told and did not happen yet. */
  heal(): void {
    this.#scripts.length = 0;
  }

  async list(folder: string, options?: CallOptions): Promise<readonly CloudFile[]> {
    this.#play('list');
    return this.#cloud.list(folder, options);
  }

  async listFolders(folder: string, options?: CallOptions): Promise<readonly string[]> {
    this.#play('listFolders');
    return this.#cloud.listFolders(folder, options);
  }

  async read(
    path: string,
    options?: CallOptions & { readonly range?: ByteRange },
  ): Promise<Uint8Array> {
    this.#play('read');
    return this.#cloud.read(path, options);
  }

  async create(path: string, bytes: Uint8Array, options?: CallOptions): Promise<void> {
    this.#play('create');
    return this.#cloud.create(path, bytes, options);
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    this.#play('remove');
    return this.#cloud.remove(path, options);
  }

  #play(operation: CloudOperation): void {
    const script = this.#scripts.find(
      (other) => other.times > 0 && ['any', operation].includes(other.operation),
    );
    if (!script) return;
    script.times -= 1;
    throw script.error;
  }
}

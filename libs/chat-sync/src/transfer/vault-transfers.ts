import { inject, Service } from '@angular/core';
import { type CallOptions } from '@chat-vault/cloud-storage';
import { type RestoreReport } from '@chat-vault/vault-engine';
import { type MigrateReport } from '@chat-vault/vault-engine/migrate';
import { loadCode } from '../cloud/load-code';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { CloudConnections } from '../sync/cloud-connections';
import { type MoveOptions } from './move-vault';
import { type ImportOptions, type VaultFile, type VaultFileParts } from './vault-file';

/** Moves vaults between clouds and files. Loads what that needs when it is first asked for; every call may reject with `ChatVaultError`. */
@Service({ autoProvided: false })
export class VaultTransfers {
  readonly #connections = inject(CloudConnections);
  readonly #work = inject(BackgroundWork);
  readonly #clock = inject(CHAT_SYNC_CLOCK);
  readonly #window = inject(BROWSER_WINDOW);

  /** Copies the vault of a connected cloud to another one. */
  move(from: string, to: string, options: MoveOptions): Promise<MigrateReport> {
    return this.#work.track(this.#move(from, to, options));
  }

  /** The files of a cloud, by default the first connected one, or what this device holds: with `null`, and where none is connected. */
  toFile(providerId: string | null | undefined, options: CallOptions): Promise<VaultFile> {
    return this.#work.track(this.#toFile(providerId, options));
  }

  /** Merges the vault of a file into this device. */
  fromFile(file: Blob, options: ImportOptions): Promise<RestoreReport> {
    return this.#work.track(this.#fromFile(file, options));
  }

  async #move(from: string, to: string, options: MoveOptions): Promise<MigrateReport> {
    const ends = { from: this.#connections.find(from), to: this.#connections.find(to) };
    await this.#connections.start();
    const { basePath, companion } = this.#connections;
    const { moveVault } = await loadCode(() => import('./move-vault'));
    const codec = await this.#connections.codec();
    return moveVault({ ...ends, basePath, codec, companion }, options);
  }

  async #toFile(providerId: string | null | undefined, options: CallOptions): Promise<VaultFile> {
    const named = typeof providerId === 'string' ? this.#connections.find(providerId) : null;
    const parts = await this.#fileParts();
    const first = providerId === undefined ? this.#connections.wanted[0] : null;
    const { exportVault } = await loadCode(() => import('./vault-file'));
    return exportVault(named ?? first ?? null, parts, options);
  }

  async #fromFile(file: Blob, options: ImportOptions): Promise<RestoreReport> {
    const parts = await this.#fileParts();
    const { importVault } = await loadCode(() => import('./vault-file'));
    return importVault(file, parts, options);
  }

  async #fileParts(): Promise<VaultFileParts> {
    const storage = await this.#connections.start();
    const { basePath } = this.#connections;
    return {
      storage,
      basePath,
      clock: this.#clock,
      locks: this.#window?.navigator.locks ?? null,
      createEngine: (cloud, secret) =>
        this.#connections.createPassingEngine(cloud, storage, secret),
    };
  }
}

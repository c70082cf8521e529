import { type CloudFile } from '../port/cloud-storage.js';
import { type CloudFaults } from './cloud-faults.js';

/** What is wrong with listings for longer than one call: files not shown yet, files shown twice. */
export class ListingFaults {
  readonly #now: () => number;
  readonly #hidden = new Map<string, { listings: number; readonly until: number }>();
  readonly #twice = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  created(path: string, lag: CloudFaults['lag'], isDuplicated: boolean): void {
    if (isDuplicated) this.#twice.add(path);
    if (lag && !this.#hidden.has(path)) {
      this.#hidden.set(path, {
        listings: lag.listings ?? 0,
        until: this.#now() + (lag.ms ?? 0),
      });
    }
  }

  removed(path: string): void {
    this.#hidden.delete(path);
    this.#twice.delete(path);
  }

  calm(): void {
    this.#hidden.clear();
  }

  /** What a listing shows of these files; it counts as one listing. */
  show(files: readonly CloudFile[]): readonly CloudFile[] {
    const now = this.#now();
    return files.flatMap((file) => {
      const hidden = this.#hidden.get(file.path);
      if (hidden && (hidden.listings > 0 || hidden.until > now)) {
        hidden.listings -= 1;
        return [];
      }
      return this.#twice.has(file.path) ? [file, file] : [file];
    });
  }
}

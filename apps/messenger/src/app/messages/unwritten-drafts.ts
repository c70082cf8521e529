import { Service, inject } from '@angular/core';
import { DeviceProfile } from '../device/device-profile';

/** What was typed and may not be on the device yet. */
export interface UnwrittenDraft {
  /** `''` when it was sent or deleted. */
  readonly text: string;
  /** When it was typed, Unix ms. */
  readonly typedAt: number;
}

const SETTING = 'unwritten-drafts';

/**
 * What was typed in the last moment before the page went away. A database may not get to it any more; a setting is written before the
 * call returns. All tabs of this device share it.
 */
@Service()
export class UnwrittenDrafts {
  readonly #profile = inject(DeviceProfile);

  /** By the URN of the conversation. */
  read(): ReadonlyMap<string, UnwrittenDraft> {
    return new Map(Object.entries(parseUnwritten(this.#profile.read(SETTING))));
  }

  keep(drafts: ReadonlyMap<string, UnwrittenDraft>): void {
    this.#write(new Map([...this.read(), ...drafts]));
  }

  /** Forgets those that are written, unless another tab kept something newer. */
  forget(drafts: ReadonlyMap<string, UnwrittenDraft>): void {
    const rest = [...this.read()].filter(([urn, { typedAt }]) => {
      const written = drafts.get(urn);
      return written === undefined || typedAt > written.typedAt;
    });
    this.#write(new Map(rest));
  }

  #write(drafts: ReadonlyMap<string, UnwrittenDraft>): void {
    const text = JSON.stringify(Object.fromEntries(drafts));
    this.#profile.write(SETTING, drafts.size === 0 ? null : text);
  }
}

/** Reads the setting leniently: what is no draft is left out. */
export function parseUnwritten(stored: string | null): Readonly<Record<string, UnwrittenDraft>> {
  try {
    const value: unknown = JSON.parse(stored ?? '{}');
    return Object.fromEntries(Object.entries(value ?? {}).filter(isUnwritten));
  } catch {
    return {}; // written by something else: as if it were not there
  }
}

function isUnwritten(entry: [string, unknown]): entry is [string, UnwrittenDraft] {
  const { text, typedAt } = Object(entry[1]) as Readonly<Record<string, unknown>>;
  return typeof text === 'string' && typeof typedAt === 'number';
}

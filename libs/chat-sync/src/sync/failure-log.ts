import { type ChatVaultError, type Logger } from '@chat-vault/core';

/** What a failure log needs. */
export interface FailureLogParts {
  readonly logger: Logger | null;
  /** A clock that never goes back, in ms. */
  now(): number;
}

/** How a provider fails, as far as it was told. */
interface Failing {
  /** What was last told of it; `null` when nothing was. */
  readonly told: string | null;
  /** When the first failure since it last worked came. */
  readonly since: number;
  /** When it was last told. */
  readonly toldAt: number;
  readonly leftOut: number;
  /** Whether it fails now; what works again is remembered, in case it comes and goes. */
  readonly isFailing: boolean;
  /** Whether a line of this time of failing was told, so that its end is news. */
  readonly isTold: boolean;
}

const QUIET_MS = 6 * 60_000;
const HOUR_MS = 60 * 60_000;
const LINES_AN_HOUR = 10;
/** A bad network gives now one of these, now another. */
const PASSING: ReadonlySet<string> = new Set(['offline', 'unavailable', 'rate-limited']);
/** A person must do something about these. */
const URGENT: ReadonlySet<string> = new Set(['unauthorized', 'quota-exceeded', 'forbidden']);

/**
 * Tells the failures of all providers to the logger without filling it. A failure is told when its reason is another one than the last
 * that was told of that provider, and otherwise at most every 6 minutes, with how many were left out; that it works again is told once,
 * if the failure was. All providers together have at most 10 lines in any hour: failures are left out where the room is needed for the
 * lines that say that it is over. Only a change to what a person must see to is told beyond that.
 */
export class FailureLog {
  readonly #parts: FailureLogParts;
  readonly #providers = new Map<string, Failing>();
  /** When lines were told, of the last hour. */
  #lines: readonly number[] = [];

  constructor(parts: FailureLogParts) {
    this.#parts = parts;
  }

  /** Notes a failure. `message` is for a person, one sentence. That a browser asks for a permission again is none: it does so at each restart. */
  fail(providerId: string, message: string, error: ChatVaultError): void {
    if (error.details['permission'] === 'prompt') return;
    const now = this.#parts.now();
    const known = this.#providers.get(providerId);
    const leftOut = known?.leftOut ?? 0;
    const isFailing = known?.isFailing ?? false;
    const since = known && isFailing ? known.since : now;
    const reason = PASSING.has(error.code) ? 'passing' : error.code;
    if (!this.#mayTell(providerId, reason, now)) {
      this.#providers.set(providerId, {
        told: known?.told ?? null,
        toldAt: known?.toldAt ?? now,
        since,
        leftOut: leftOut + 1,
        isFailing: true,
        isTold: isFailing && (known?.isTold ?? false),
      });
      return;
    }
    const told = { told: reason, toldAt: now, isTold: true };
    this.#providers.set(providerId, { ...told, since, leftOut: 0, isFailing: true });
    this.#noteLine(now);
    this.#parts.logger?.error(`chat-sync: ${message}`, {
      providerId,
      code: error.code,
      reason: reasonOf(error),
      ...(leftOut > 0 && { leftOut }),
    });
  }

  /** Notes that the provider works. */
  succeed(providerId: string): void {
    const known = this.#providers.get(providerId);
    if (!known?.isFailing) return;
    const { isTold, since, leftOut } = known;
    this.#providers.set(providerId, {
      ...known,
      isFailing: false,
      isTold: false,
      leftOut: isTold ? 0 : leftOut,
    });
    const now = this.#parts.now();
    if (!isTold || this.#linesBefore(now) >= LINES_AN_HOUR) return;
    this.#noteLine(now);
    this.#parts.logger?.info('chat-sync: it works again.', {
      providerId,
      afterMs: now - since,
      ...(leftOut > 0 && { leftOut }),
    });
  }

  /** Forgets how a provider failed, as it is another one from now on. */
  forget(providerId: string): void {
    this.#providers.delete(providerId);
  }

  /** Whether a failure may be told: with room left for the ends of all, and the same one not too soon and by turns with the others. */
  #mayTell(providerId: string, reason: string, now: number): boolean {
    const known = this.#providers.get(providerId);
    const isChange = known?.told !== reason;
    if (isChange && URGENT.has(reason)) return true;
    const others = [...this.#providers.values()].filter(
      (other) => other !== known && other.isFailing,
    );
    const ends = 1 + others.filter(({ isTold }) => isTold).length;
    const hasRoom = this.#linesBefore(now) + 1 + ends <= LINES_AN_HOUR;
    if (isChange || !known) return hasRoom;
    return hasRoom && now - known.toldAt >= QUIET_MS * (1 + others.length);
  }

  /** How many lines the hour has. */
  #linesBefore(now: number): number {
    return this.#lines.filter((at) => at > now - HOUR_MS).length;
  }

  #noteLine(now: number): void {
    this.#lines = [...this.#lines.filter((at) => at > now - HOUR_MS), now];
  }
}

/** Our own messages never hold secrets; those of the application's code and of the platform may hold anything. */
function reasonOf(error: ChatVaultError): string {
  if (error.code !== 'unexpected') return error.message;
  return error.cause instanceof Error ? error.cause.name : 'unknown';
}

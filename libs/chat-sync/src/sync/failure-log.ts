import { type ChatVaultError, type Logger } from '@chat-vault/core';

/** What a failure log needs. */
export interface FailureLogParts {
  readonly logger: Logger | null;
  /** A clock that never goes back, in ms. */
  now(): number;
}

/** How a provider fails, as far as it was told. */
interface Failing {
  readonly code: string;
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

/**
 * Tells the failures of all providers to the logger without filling it. A failure is told when its code is another one than the last
 * that was told of that provider, and otherwise at most every 6 minutes, with how many were left out; that it works again is told once,
 * if the failure was. All providers together have at most 10 lines in any hour: repeated lines end where the room is needed for the
 * lines that say that it is over. Only other codes are told beyond that, as a change of reason is never hidden.
 */
export class FailureLog {
  readonly #parts: FailureLogParts;
  readonly #providers = new Map<string, Failing>();
  /** When lines were told, of the last hour. */
  #lines: readonly number[] = [];

  constructor(parts: FailureLogParts) {
    this.#parts = parts;
  }

  /** Notes a failure. `message` is for a person, one sentence. */
  fail(providerId: string, message: string, error: ChatVaultError): void {
    const now = this.#parts.now();
    const known = this.#providers.get(providerId);
    const leftOut = known?.leftOut ?? 0;
    const isFailing = known?.isFailing ?? false;
    const since = known && isFailing ? known.since : now;
    const next = { code: error.code, since, isFailing: true };
    if (known?.code === error.code && !this.#mayRepeat(known, now)) {
      const { toldAt, isTold } = known;
      this.#providers.set(providerId, {
        ...next,
        toldAt,
        leftOut: leftOut + 1,
        isTold: isFailing && isTold,
      });
      return;
    }
    this.#providers.set(providerId, { ...next, toldAt: now, leftOut: 0, isTold: true });
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
    if (!isTold) return;
    const now = this.#parts.now();
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

  /** Whether the same failure may be told again: not too soon, by turns with the others, and with room left for the ends of all. */
  #mayRepeat(known: Failing, now: number): boolean {
    const others = [...this.#providers.values()].filter(
      (other) => other !== known && other.isFailing,
    );
    const ends = 1 + others.filter(({ isTold }) => isTold).length;
    const recent = this.#lines.filter((at) => at > now - HOUR_MS).length;
    const hasRoom = recent + 1 + ends <= LINES_AN_HOUR;
    return hasRoom && now - known.toldAt >= QUIET_MS * (1 + others.length);
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

/** How the requests and listings of a service read. */
export interface ListingDialect {
  /** What a request makes, by the id or name that listings show it with; `undefined` when it makes nothing. */
  readonly madeBy: (request: Request) => Promise<string | undefined>;
  readonly isListing: (request: Request) => boolean;
  /** The body of a listing without what is hidden. */
  readonly without: (body: string, isHidden: (made: string) => boolean) => string;
}

/** What a lagging service needs. */
export interface LaggingOptions {
  readonly dialect: ListingDialect;
  /** Devices that share it share what it hides. */
  readonly madeAt: Map<string, number>;
  /** What was hidden at least once. */
  readonly hidden: Set<string>;
  readonly lagMs: number;
  /** Unix ms. */
  readonly now: () => number;
}

/** A `fetch` to a service whose listings show nothing that was made less than the lag ago; all else is as it was. */
export const laggingFetch =
  (fetch: typeof globalThis.fetch, options: LaggingOptions): typeof globalThis.fetch =>
  async (input, init) => {
    const { dialect, madeAt, hidden, lagMs, now } = options;
    const seen = new Request(input instanceof Request ? input.clone() : input, init);
    const made = await dialect.madeBy(seen.clone());
    const answer = await fetch(input, init);
    if (made !== undefined && answer.ok && !madeAt.has(made)) madeAt.set(made, now());
    if (!dialect.isListing(seen) || !answer.ok) return answer;
    const { status, headers } = answer;
    const isHidden = (name: string) => {
      const isNew = (madeAt.get(name) ?? -Infinity) > now() - lagMs;
      if (isNew) hidden.add(name);
      return isNew;
    };
    const shown = dialect.without(await answer.text(), isHidden);
    const kept = new Headers(headers);
    kept.delete('Content-Length');
    return new Response(shown, { status, headers: kept });
  };

/** Entries of JSON, in the field of that name, told apart by their `id` or `name`. */
export const jsonEntries =
  (field: string, key: 'id' | 'name'): ListingDialect['without'] =>
  (body, isHidden) => {
    const page = JSON.parse(body) as Record<string, readonly Record<string, string>[]>;
    const entries = page[field]?.filter((entry) => !isHidden(entry[key] ?? ''));
    return JSON.stringify({ ...page, [field]: entries });
  };

/** Elements of XML of that name, told apart by the last part of the path in the element of the other name. */
export const xmlEntries =
  (element: string, pathElement: string): ListingDialect['without'] =>
  (body, isHidden) =>
    body.replace(
      new RegExp(`<((?:\\w+:)?)${element}[ >][\\s\\S]*?</\\1${element}>`, 'g'),
      (entry) => {
        const path = new RegExp(`<(?:\\w+:)?${pathElement}>([^<]*)<`).exec(entry)?.[1] ?? '';
        return isHidden(lastPartOf(path)) ? '' : entry;
      },
    );

/** The name at the end of a path. */
export const lastPartOf = (path: string): string => path.split('/').findLast(Boolean) ?? '';

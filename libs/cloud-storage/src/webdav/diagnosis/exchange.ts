type Fetch = typeof globalThis.fetch;

/** One request and what became of it, without its credentials. */
export interface Exchange {
  readonly method: string;
  /** `undefined` when there was no answer. */
  readonly answer?: {
    readonly status: number;
    readonly headers: Headers;
    /** Where the answer really came from, when the server sent us on. */
    readonly location?: string;
  };
}

/** A `fetch` that notes what was exchanged. */
export const observed = (
  fetch: Fetch,
): { readonly fetch: Fetch; readonly exchanges: readonly Exchange[] } => {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    fetch: async (input, init) => {
      const method = init?.method ?? 'GET';
      try {
        const response = await fetch(input, init);
        const { status, headers, redirected, url } = response;
        exchanges.push({
          method,
          answer: { status, headers, ...(redirected && { location: url }) },
        });
        return response;
      } catch (error) {
        exchanges.push({ method });
        throw error;
      }
    },
  };
};

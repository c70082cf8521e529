/** One request on its way to the service. */
export interface HttpCall {
  /** 0 for the first request. */
  readonly index: number;
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** The body as text, `''` for none. */
  readonly body: string;
}

/**
 * What happens to one request:
 * - `unsent`: it never arrives;
 * - `lost-reply`: it is carried out and the reply never comes;
 * - `cut`: the answer breaks off half-way;
 * - `short`: the answer ends half-way although its headers promise all of it;
 * - `no-ranges`: the service has never heard of `Range` and sends everything;
 * - `stale`: it is answered as the same request was answered the first time, when there was one;
 * - `silent`: it is never answered, until it is aborted;
 * - an answer: that is given and the request is not carried out.
 */
export type HttpFault =
  'unsent' | 'lost-reply' | 'cut' | 'short' | 'no-ranges' | 'stale' | 'silent' | Response;

/** A `fetch` that misbehaves as told, and what it was asked. */
export interface FaultyFetch {
  readonly fetch: typeof globalThis.fetch;
  readonly calls: readonly HttpCall[];
}

/** Wraps a `fetch` with the faults that the function gives for each request, `undefined` for none. For tests of drivers over HTTP. */
export const faultyFetch = (
  fetch: typeof globalThis.fetch,
  faultOf: (call: HttpCall) => HttpFault | undefined,
): FaultyFetch => {
  const calls: HttpCall[] = [];
  const firstAnswers = new Map<string, () => Response>();
  return {
    calls,
    fetch: async (input, init) => {
      const call = await describeCall(calls.length, input, init);
      calls.push(call);
      const fault = faultOf(call);
      if (fault instanceof Response) return fault;
      if (fault === 'unsent') throw new TypeError('faulty: the request was not sent');
      if (fault === 'silent') return aborted(init?.signal);
      const key = `${call.method} ${call.url.href} ${call.body}`;
      const first = fault === 'stale' ? firstAnswers.get(key) : undefined;
      if (first) return first();
      const answer = await (fault === 'no-ranges'
        ? fetch(...withoutRange(call, input, init))
        : fetch(input, init));
      if (fault === 'lost-reply') {
        await answer.body?.cancel();
        throw new TypeError('faulty: the reply was lost');
      }
      const again = await remember(answer);
      if (!firstAnswers.has(key)) firstAnswers.set(key, again);
      return fault === 'cut' || fault === 'short' ? halved(again(), fault) : again();
    },
  };
};

type Input = RequestInfo | URL;

const describeCall = async (index: number, input: Input, init?: RequestInit): Promise<HttpCall> => {
  const request = input instanceof Request ? input : undefined;
  const body = init?.body ?? request?.clone().body ?? '';
  return {
    index,
    method: init?.method ?? request?.method ?? 'GET',
    url: new URL(request?.url ?? `${input as string | URL}`),
    headers: new Headers(init?.headers ?? request?.headers),
    body: await new Response(body).text(),
  };
};

const withoutRange = (call: HttpCall, input: Input, init?: RequestInit): [Input, RequestInit] => {
  const headers = new Headers(call.headers);
  headers.delete('Range');
  return [input, { ...init, headers }];
};

/** The answer with its whole body, as often as wanted. */
const remember = async (answer: Response): Promise<() => Response> => {
  const bytes = answer.body && new Uint8Array(await answer.arrayBuffer());
  const { status, headers } = answer;
  return () => new Response(bytes?.slice() ?? null, { status, headers });
};

const halved = async (answer: Response, fault: 'cut' | 'short'): Promise<Response> => {
  if (!answer.body) return answer;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const half = bytes.slice(0, bytes.length >> 1);
  const headers = new Headers(answer.headers);
  if (!headers.has('Content-Encoding')) headers.set('Content-Length', `${bytes.length}`);
  const body = fault === 'short' ? half : brokenOff(half);
  return new Response(body, { status: answer.status, headers });
};

const brokenOff = (half: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => controller.enqueue(half),
    // Asked for more only when the half was taken.
    pull: (controller) => controller.error(new TypeError('faulty: the answer broke off')),
  });

const aborted = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const fail = () => reject(new DOMException('faulty: aborted', 'AbortError'));
    if (signal?.aborted) fail();
    signal?.addEventListener('abort', fail, { once: true });
  });

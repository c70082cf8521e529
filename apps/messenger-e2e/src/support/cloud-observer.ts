import { type Request, type RequestHandler, type Response } from 'express';

/** One request that the cloud answered, or refused on behalf of a fault. */
export interface CloudRequest {
  readonly method: string;
  /** Path below the cloud, decoded, such as `/chat-vault/deltas/`. */
  readonly path: string;
  readonly status: number;
  /** Bytes of the two bodies, as they were on the wire. */
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** How the cloud misbehaves until it is healed or `times` is used up. */
export interface CloudFault {
  /** An HTTP status, `reset` to break the connection, or `lost-reply` to carry out the request and then break it. */
  readonly answer?: 401 | 403 | 423 | 429 | 500 | 503 | 507 | 'reset' | 'lost-reply';
  /** Sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Time before the request goes on to its answer, or to the cloud when there is no `answer`. */
  readonly delayMs?: number;
  /** Requests it concerns; all when not given. */
  readonly when?: (request: { readonly method: string; readonly path: string }) => boolean;
  /** How many requests it concerns; all until `heal()` when not given. */
  readonly times?: number;
}

/** Stands before the cloud of a test: counts what goes through, and makes it fail on demand. */
export class CloudObserver {
  readonly #requests: CloudRequest[] = [];
  #fault: CloudFault | undefined;
  #faultsLeft = 0;

  /** All requests since the start, or since `forget()`, in the order in which they ended. */
  get requests(): readonly CloudRequest[] {
    return this.#requests;
  }

  /** Bytes of all answers since the start, or since `forget()`. */
  get downloadedBytes(): number {
    return this.#requests.reduce((sum, { responseBytes }) => sum + responseBytes, 0);
  }

  /** Starts counting anew. */
  forget(): void {
    this.#requests.length = 0;
  }

  /** Misbehaves from the next request on; replaces an earlier fault. */
  fail(fault: CloudFault): void {
    this.#fault = fault;
    this.#faultsLeft = fault.times ?? Infinity;
  }

  /** Works normally again. */
  heal(): void {
    this.#fault = undefined;
  }

  /** The part of the server that observes, for `startMessengerServer({ beforeCloud })`. */
  readonly handler: RequestHandler = async (request, response, next) => {
    this.#observe(request, response);
    const fault = this.#takeFault(request);
    if (fault?.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    switch (fault?.answer) {
      case undefined:
        return next();
      case 'reset':
        return void request.socket.destroy();
      case 'lost-reply':
        breakInsteadOfAnswering(request, response);
        return next();
      default:
        if (fault?.retryAfterSeconds !== undefined) {
          response.set('Retry-After', `${fault.retryAfterSeconds}`);
        }
        return void response.status(fault?.answer ?? 500).send('made to fail by the test');
    }
  };

  #takeFault(request: Request): CloudFault | undefined {
    const fault = this.#fault;
    const { method } = request;
    if (!fault || this.#faultsLeft <= 0) return undefined;
    if (fault.when && !fault.when({ method, path: pathOf(request) })) return undefined;
    this.#faultsLeft -= 1;
    return fault;
  }

  #observe(request: Request, response: Response): void {
    const path = pathOf(request);
    let requestBytes = 0;
    const push = request.push.bind(request);
    request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      requestBytes += chunk?.length ?? 0;
      return push(chunk, encoding);
    };
    const responseBytes = countWrites(response);
    response.once('close', () => {
      this.#requests.push({
        method: request.method,
        path,
        status: response.statusCode,
        requestBytes,
        responseBytes: responseBytes(),
      });
    });
  }
}

const pathOf = (request: Request): string => decodeURIComponent(request.path);

/** Counts what is written as the body of `response`. */
function countWrites(response: Response): () => number {
  let bytes = 0;
  const write = response.write.bind(response) as (...words: unknown[]) => boolean;
  const end = response.end.bind(response) as (...words: unknown[]) => Response;
  const count = (chunk: unknown) => {
    if (typeof chunk === 'string') bytes += Buffer.byteLength(chunk);
    else if (chunk instanceof Uint8Array) bytes += chunk.length;
  };
  response.write = (...words: unknown[]) => {
    count(words[0]);
    return write(...words);
  };
  response.end = (...words: unknown[]) => {
    count(words[0]);
    return end(...words);
  };
  return () => bytes;
}

/** The cloud does its work, but nothing of its answer leaves. */
function breakInsteadOfAnswering(request: Request, response: Response): void {
  const swallow = () => {
    request.socket.destroy();
    return response;
  };
  response.write = () => {
    request.socket.destroy();
    return true;
  };
  response.end = swallow;
}

import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type RequestHandler } from 'express';

/** A chat that the messenger offers for import with one click. */
export interface ChatSample {
  /** What the person reads. */
  readonly name: string;
  /** Where the page fetches it, relative to the origin. */
  readonly url: string;
  /** How many messages it holds. */
  readonly messages: number;
}

/** The chat in `file`, or `undefined` when there is no such file. */
export async function findChatSample(
  file: string,
  as: { readonly name: string; readonly url: string },
): Promise<ChatSample | undefined> {
  try {
    await access(file);
  } catch {
    // A build without its sample still serves the messenger; it then offers none.
    return undefined;
  }
  return { ...as, messages: await countLines(file) };
}

/**
 * The chat that the person named on the command line.
 * @throws Error when the file cannot be read, or is not gzip though its name says so.
 */
export async function openCorpus(file: string, url: string): Promise<ChatSample> {
  try {
    return { name: basename(file), url, messages: await countLines(file) };
  } catch (error) {
    throw new Error(`--corpus ${file}: cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
}

/** Sends `file` as a stream of newline-delimited JSON; a `.gz` file is unpacked by the browser on its way in. */
export function sendCorpus(file: string): RequestHandler {
  return async (_request, response) => {
    response.type('application/x-ndjson');
    if (isGzip(file)) response.set('Content-Encoding', 'gzip');
    await pipeline(createReadStream(file), response);
  };
}

const isGzip = (file: string): boolean => file.endsWith('.gz');

/** Lines that are not blank, as the last one may end without a newline. */
async function countLines(file: string): Promise<number> {
  let lines = 0;
  let isLineOpen = false;
  const count = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      for (const byte of chunk) {
        if (byte !== NEWLINE) isLineOpen = true;
        else if (isLineOpen) {
          lines += 1;
          isLineOpen = false;
        }
      }
    }
  };
  const source = createReadStream(file);
  await (isGzip(file) ? pipeline(source, createGunzip(), count) : pipeline(source, count));
  return isLineOpen ? lines + 1 : lines;
}

const NEWLINE = 0x0a;

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the person who starts the server chose. */
export interface ServerOptions {
  /** The port that was asked for; `undefined` takes 4200 or the next free one. 0 takes any free port. */
  readonly port?: number;
  /** Folder that keeps the cloud's files and the password. */
  readonly dataFolder: string;
  /** Large chat to offer for import: newline-delimited JSON, plain or gzip (`.gz`). */
  readonly corpusFile?: string;
}

/** How the server is called, shown on `--help` and after a wrong option. */
export const USAGE = `Usage: npm start -- [options]

  --port NUMBER    port to listen on (default: 4200, or the next free one)
  --data DIR       where the embedded cloud and the sync server keep their files (default: .data)
  --corpus FILE    also offer this chat for import (.ndjson or .ndjson.gz)
  --no-build       serve the last build without looking at the sources
  --help           show this text`;

/**
 * Reads the command line; `undefined` when help was asked for. Relative paths start at `folders.current`, and data is
 * kept in `folders.data` when nothing is said.
 * @throws Error that says which option is wrong.
 */
export function parseServerOptions(
  commandLine: readonly string[],
  folders: { readonly current: string; readonly data: string },
): ServerOptions | undefined {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      port: { type: 'string' },
      data: { type: 'string', default: folders.data },
      corpus: { type: 'string' },
      'no-build': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return undefined;
  return {
    ...(values.port === undefined ? {} : { port: parsePort(values.port) }),
    dataFolder: resolve(folders.current, values.data),
    ...(values.corpus === undefined ? {} : { corpusFile: resolve(folders.current, values.corpus) }),
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65535) return port;
  throw new Error(`--port ${text}: give a number from 0 to 65535`);
}

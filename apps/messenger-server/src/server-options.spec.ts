import { describe, expect, it } from 'vitest';
import { parseServerOptions } from './server-options.ts';

const folders = { current: '/home/ann', data: '/clone/.data' };

describe('parseServerOptions', () => {
  it('keeps data in the clone when nothing is said', () => {
    expect(parseServerOptions([], folders)).toEqual({ dataFolder: '/clone/.data' });
  });

  it('reads a port, a data folder and a chat', () => {
    const line = ['--port', '8080', '--data', 'vault', '--corpus', 'chat.ndjson.gz'];
    expect(parseServerOptions(line, folders)).toEqual({
      port: 8080,
      dataFolder: '/home/ann/vault',
      corpusFile: '/home/ann/chat.ndjson.gz',
    });
  });

  it('gives nothing when help is asked for', () => {
    expect(parseServerOptions(['--help'], folders)).toBeUndefined();
  });

  it.each([['--port', 'x'], ['--port', '70000'], ['--port', ''], ['--colour'], ['file']])(
    'says what is wrong with %s %s',
    (...line) => {
      expect(() => parseServerOptions(line, folders)).toThrow(line[0]);
    },
  );
});

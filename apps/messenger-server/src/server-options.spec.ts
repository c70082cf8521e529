import { describe, expect, it } from 'vitest';
import { parseServerOptions } from './server-options.ts';

describe('parseServerOptions', () => {
  it('keeps data beside the caller when nothing is said', () => {
    expect(parseServerOptions([], '/home/ann')).toEqual({ dataFolder: '/home/ann/.data' });
  });

  it('reads a port, a data folder and a chat', () => {
    const line = ['--port', '8080', '--data', '/srv/vault', '--corpus', 'chat.ndjson.gz'];
    expect(parseServerOptions(line, '/home/ann')).toEqual({
      port: 8080,
      dataFolder: '/srv/vault',
      corpusFile: '/home/ann/chat.ndjson.gz',
    });
  });

  it('gives nothing when help is asked for', () => {
    expect(parseServerOptions(['--help'], '/')).toBeUndefined();
  });

  it.each([['--port', 'x'], ['--port', '70000'], ['--port', ''], ['--colour'], ['file']])(
    'says what is wrong with %s %s',
    (...line) => {
      expect(() => parseServerOptions(line, '/')).toThrow(line[0]);
    },
  );
});

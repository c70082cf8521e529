import { describe, expect, it } from 'vitest';
import { parseConfig } from './cloud-config';

describe('parseConfig', () => {
  it('reads where the application is registered', () => {
    const config = { googleDrive: { clientId: ' 1.apps ' }, oneDrive: { clientId: 'b' } };
    expect(parseConfig(config)).toEqual({
      googleDrive: { clientId: '1.apps' },
      dropbox: null,
      oneDrive: { clientId: 'b' },
    });
  });

  it.each([[null], ['<!doctype html>'], [{}], [{ dropbox: { clientId: '' }, oneDrive: 3 }]])(
    'offers nothing for %j',
    (value) => {
      expect(Object.values(parseConfig(value))).toEqual([null, null, null]);
    },
  );
});

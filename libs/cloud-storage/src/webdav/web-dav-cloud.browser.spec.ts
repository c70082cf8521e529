import { describe, expect, inject, it } from 'vitest';
import { type BrowserPeer } from '../../peers/global-setup.js';
import { cloudStorageConformance } from '../testing/conformance.js';
import { webDavCloud } from './web-dav-cloud.js';

const peer: BrowserPeer = inject('webDavPeer');

if (peer.kind === 'missing') {
  it('webDavCloud was not tested in a browser: Apache is not installed (Debian package: apache2)', () =>
    expect(peer.needs).not.toEqual([]));
} else {
  const { url, withoutCorsUrl, credentials } = peer;

  cloudStorageConformance(
    'Apache mod_dav, from a page of another origin',
    () => webDavCloud({ url, credentials }),
    // Each name costs a preflight of its own, so fewer files.
    { folderFiles: 250 },
  );

  describe('webDavCloud from a page of another origin', () => {
    it('says offline, and what may be the matter, when the server does not let the page in', async () => {
      const cloud = webDavCloud({ url: withoutCorsUrl, credentials });
      await expect(cloud.list('a')).rejects.toMatchObject({
        code: 'offline',
        message: expect.stringContaining('CORS'),
      });
    });

    it('says offline when the server is gone', async () => {
      // Port 9, discard, is one that browsers never connect to.
      const cloud = webDavCloud({ url: 'http://127.0.0.1:9/' });
      await expect(cloud.list('a')).rejects.toMatchObject({ code: 'offline' });
    });

    it('says unauthorized, without a dialogue, for a wrong password', async () => {
      const wrong = { username: credentials.username, password: 'wrong' };
      const cloud = webDavCloud({ url, credentials: wrong });
      await expect(cloud.list('a')).rejects.toMatchObject({ code: 'unauthorized' });
    });
  });
}

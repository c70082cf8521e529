import { describe, expect, inject, it } from 'vitest';
import { diagnoseWebDav } from './diagnose-web-dav.js';

const { folders, credentials } = inject('oddServer');
const peer = inject('webDavPeer');

describe('diagnoseWebDav in a page of another origin', () => {
  it.each(folders)('finds what is the matter: $name', async ({ url, code, missing }) => {
    expect(await diagnoseWebDav({ url, credentials })).toMatchObject({ code, missing });
  });

  it('says that nobody answers', async () => {
    // Port 9, discard, is one that browsers never connect to.
    expect(await diagnoseWebDav({ url: 'http://127.0.0.1:9/' })).toMatchObject({
      code: 'unreachable',
      recipes: [],
    });
  });

  it('takes the origin of the page for the recipes, whatever it is told', async () => {
    const { url } = folders.find(({ name }) => name === 'no-cors') ?? { url: '' };
    const diagnosis = await diagnoseWebDav({ url, credentials, origin: 'https://other.example' });
    expect(diagnosis.server).toBeUndefined();
    expect(diagnosis.recipes).toHaveLength(5);
    for (const { text } of diagnosis.recipes) expect(text).toContain(location.origin);
  });

  it('says unauthorized, without a dialogue, for a wrong password', async () => {
    const { url } = folders.find(({ name }) => name === 'fine') ?? { url: '' };
    const wrong = { username: 'anna', password: 'wrong' };
    expect(await diagnoseWebDav({ url, credentials: wrong })).toMatchObject({
      code: 'unauthorized',
    });
  });

  if (peer.kind === 'running') {
    it('knows Apache that lets pages in from Apache that does not', async () => {
      const good = { url: peer.url, credentials: peer.credentials };
      expect(await diagnoseWebDav(good)).toMatchObject({ code: 'fine', isUsable: true });
      const closed = { ...good, url: peer.withoutCorsUrl };
      expect(await diagnoseWebDav(closed)).toMatchObject({ code: 'no-cors', isUsable: false });
    });
  }
});

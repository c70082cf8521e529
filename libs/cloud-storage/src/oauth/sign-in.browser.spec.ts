import { afterEach, describe, expect, inject, it } from 'vitest';
import { fetchAt } from '../../peers/service/fetch-at.js';
import { createHttpClient } from '../http/http-client.js';
import { expectCode } from '../testing/conformance/bench.js';
import { createFormClient } from './form-client.js';
import { idbTokenStore } from './idb-token-store.js';
import { OAuthSession } from './oauth-session.js';

const fine = async (): Promise<void> => undefined;

const SERVICES = {
  'a service that leaves the window alone': {
    origin: inject('fakeDropbox').origin,
    authorizePath: '/www.dropbox.com/oauth2/authorize',
    tokenUrl: 'https://api.dropboxapi.com/oauth2/token',
    clientId: 'app-key',
    hasOpener: 'true',
  },
  'a service that cuts the window off (Cross-Origin-Opener-Policy)': {
    origin: inject('fakeOneDrive').origin,
    authorizePath: '/login.microsoftonline.com/common/oauth2/v2.0/authorize',
    tokenUrl: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
    clientId: 'app-id',
    hasOpener: 'false',
  },
};

describe.each(Object.entries(SERVICES))('OAuthSession in a page, with %s', (_, service) => {
  const open = () => {
    const { origin, authorizePath, tokenUrl, clientId } = service;
    const send = createHttpClient({ fetch: fetchAt(origin), timeoutMs: 60_000 });
    return new OAuthSession({
      service: {
        name: 'test',
        authorizeUrl: `${origin}${authorizePath}`,
        tokenUrl,
        scope: 'files',
        authorizeParameters: {},
      },
      signIn: { clientId, redirectUri: '/signed-in' },
      providerId: 'test',
      sendForm: createFormClient(send, 'test: sign-in', () => Date.now()),
      now: () => Date.now(),
    });
  };
  afterEach(() => idbTokenStore().delete(`test:${service.clientId}`));

  it('signs in in a window, keeps that in IndexedDB, and forgets it', async () => {
    const session = open();
    await expectCode(session.connect(false, fine), 'unauthorized');
    await session.connect(true, fine);
    expect(localStorage.getItem('redirect page has an opener')).toBe(service.hasOpener);
    expect(await session.current()).toMatch(/^access-/);
    const again = open();
    await again.connect(false, fine);
    expect(await again.current()).not.toBe(await session.current());
    await again.disconnect();
    await expectCode(open().connect(false, fine), 'unauthorized');
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startFakeDropbox, type FakeDropbox } from '../../peers/dropbox/fake-dropbox.js';
import {
  FakeBrowser,
  MemoryTokenStore,
  type BrowserSettings,
} from '../../peers/service/fake-browser.js';
import { createHttpClient } from '../http/http-client.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';
import { expectCode } from '../testing/conformance/bench.js';
import { completeSignInOn } from './complete-sign-in.js';
import { createFormClient } from './form-client.js';
import { type OAuthSignIn } from './oauth-sign-in.js';
import { OAuthSession } from './oauth-session.js';

const REDIRECT = 'https://app.test/signed-in';
const KEY = 'dropbox:app-key';
const HOUR_MS = 3_600_000;
/** A busy machine is slow, not wrong. */
const PATIENT = { timeout: 30_000, interval: 1 };

let fake: FakeDropbox;
let store: MemoryTokenStore;
let nowMs: number;
beforeEach(async () => {
  fake = await startFakeDropbox([REDIRECT]);
  store = new MemoryTokenStore();
  nowMs = Date.parse('2024-01-31T10:00:00Z');
});
afterEach(() => fake.stop());

const setUp = (settings: BrowserSettings = {}, signIn: Partial<OAuthSignIn> = {}) => {
  const browser = new FakeBrowser(fake.fetch, settings);
  const revoked: string[] = [];
  const open = (): OAuthSession =>
    new OAuthSession({
      service: {
        name: 'dropbox',
        authorizeUrl: 'https://www.dropbox.com/oauth2/authorize',
        tokenUrl: 'https://api.dropboxapi.com/oauth2/token',
        scope: 'files.read files.write',
        authorizeParameters: { token_access_type: 'offline' },
        revoke: async (token) => {
          revoked.push(token);
        },
      },
      signIn: { clientId: 'app-key', redirectUri: '/signed-in', tokens: store, ...signIn },
      providerId: 'dropbox',
      sendForm: createFormClient(
        createHttpClient({ fetch: fake.fetch, timeoutMs: 60_000 }),
        'dropbox: sign-in',
        () => nowMs,
      ),
      now: () => nowMs,
      page: browser.page,
      sleep: browser.sleep,
    });
  return { browser, revoked, open, session: open() };
};

const fine = async (): Promise<void> => undefined;
const tokenRequests = () => fake.requests.filter(({ path }) => path === '/oauth2/token');
const isGood = (token: string) => fake.authority.isAuthorized({ authorization: `Bearer ${token}` });

/** The next request for a token gets this answer. */
const answerToken = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
  const matches = ({ path }: { readonly path: string }) => path === '/oauth2/token';
  fake.faults.push({ matches, kind: { kind: 'answer', status, body, headers } });
};

describe('OAuthSession sign-in in a window', () => {
  it.each([
    ['', {}],
    [', cut off from the page by the service', { cutsOff: true }],
    [', whose channels do not reach the page', { hasOwnChannels: true }],
  ])('keeps the refresh token and gives an access token%s', async (_, settings) => {
    const { browser, session } = setUp(settings);
    await session.connect(true, fine);
    expect(isGood(await session.current())).toBe(true);
    expect([...store.kept.keys()]).toEqual([KEY]);
    expect(Object.keys(store.kept.get(KEY) ?? {})).toEqual(['refreshToken']);
    expect(tokenRequests()).toHaveLength(1);
    expect(browser.popups.map(({ closed }) => closed)).toEqual([true]);
    expect(browser.page.sessionStorage.length).toBe(0);
  });

  it('asks as the app is registered, with another state and challenge each time', async () => {
    const { browser, session } = setUp();
    await session.connect(true, fine);
    await session.disconnect();
    await session.connect(true, fine);
    const [first, second] = browser.popups.map(
      ({ visits }) => new URL(visits[0] ?? '').searchParams,
    );
    expect(Object.fromEntries(first ?? [])).toMatchObject({
      client_id: 'app-key',
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope: 'files.read files.write',
      code_challenge_method: 'S256',
      token_access_type: 'offline',
    });
    for (const name of ['state', 'code_challenge']) {
      expect(first?.get(name)).toMatch(/^[\w-]{43}$/);
      expect(first?.get(name)).not.toBe(second?.get(name));
    }
  });

  it('takes no answer of another state or origin', async () => {
    const { browser, session } = setUp({ isUndecided: true });
    const connecting = session.connect(true, fine);
    await untilPopup(browser);
    const state = new URL(browser.popups[0]?.visits[0] ?? '').searchParams.get('state');
    browser.message('https://app.test', { state: 'other', code: 'evil' });
    browser.message('https://evil.test', { state, code: 'evil' });
    for (const odd of [null, 5, 'text', {}, { code: 'evil' }, { state: 7 }]) {
      browser.message('https://app.test', odd);
    }
    browser.message('https://app.test', { state, error: 'access_denied' });
    await expectCode(connecting, 'aborted');
    expect(tokenRequests()).toHaveLength(0);
  });

  it('never opens a window when it may not ask', async () => {
    const { browser, session } = setUp();
    await expectCode(session.connect(false, fine), 'unauthorized');
    await expectCode(session.current(), 'unauthorized');
    await expectCode(session.replace('any'), 'unauthorized');
    expect(browser.popups).toEqual([]);
    expect(fake.requests).toEqual([]);
  });

  it('says unauthorized when the browser refuses the window, and may be asked again', async () => {
    const { browser, session } = setUp({ blocksPopups: true });
    await expect(session.connect(true, fine)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('allow pop-ups'),
    });
    browser.settings.blocksPopups = false;
    await session.connect(true, fine);
  });

  it('opens the window before anything else once it knows that nobody is signed in', async () => {
    const { browser, session } = setUp();
    await session.connect(false, fine).catch(() => undefined);
    await session.connect(true, fine);
    expect(browser.popups).toHaveLength(1);
  });

  it.each([
    ['access_denied', 'aborted'],
    ['server_error', 'unavailable'],
    ['temporarily_unavailable', 'unavailable'],
    ['unauthorized_client', 'invalid'],
  ])('ends with %s as %s', async (refusal, code) => {
    const { browser, session } = setUp();
    fake.authority.refusal = refusal;
    await expectCode(session.connect(true, fine), code as CloudErrorCode);
    expect(browser.popups[0]?.closed).toBe(true);
    expect(store.kept.size).toBe(0);
  });

  it('ends some time after the person closed the window and looks at the page', async () => {
    const { browser, session } = setUp({ isUndecided: true });
    const connecting = session.connect(true, fine);
    await untilPopup(browser);
    browser.focus();
    expect([...browser.waits.values()]).toEqual([600_000]);
    browser.popups[0]?.close();
    browser.focus();
    expect(browser.pass()).toBe(60_000);
    await expectCode(connecting, 'aborted');
    expect(browser.waits.size).toBe(0);
  });

  it('goes on while a window that was cut off only seems closed', async () => {
    const { browser, session } = setUp({ cutsOff: true, isUndecided: true });
    const connecting = session.connect(true, fine);
    await untilPopup(browser);
    browser.focus();
    browser.settings.isUndecided = false;
    browser.popups[0]?.location.replace(browser.popups[0].visits[0] ?? '');
    await connecting;
  });

  it('ends when nobody does anything', async () => {
    const { browser, session } = setUp({ isUndecided: true });
    const connecting = session.connect(true, fine);
    await untilPopup(browser);
    expect(browser.pass()).toBe(600_000);
    await expectCode(connecting, 'aborted');
    expect(browser.popups[0]?.closed).toBe(true);
  });

  it('ends when the person begins again, or disconnects', async () => {
    const { browser, session } = setUp({ isUndecided: true });
    const first = session.connect(true, fine);
    await untilPopup(browser);
    const second = session.connect(true, fine);
    await expectCode(first, 'aborted');
    await expect.poll(() => browser.popups[0]?.visits.length, PATIENT).toBe(2);
    await session.disconnect();
    await expectCode(second, 'aborted');
    expect(browser.waits.size).toBe(0);
    expect(browser.popups.map(({ closed }) => closed)).toEqual([true]);
  });

  it('goes on in the window that is open when the person begins again', async () => {
    const { browser, session } = setUp({ isUndecided: true });
    const first = session.connect(true, fine);
    await untilPopup(browser);
    browser.settings.isUndecided = false;
    const second = session.connect(true, fine);
    await expectCode(first, 'aborted');
    expect(browser.popups.map(({ closed }) => closed)).toEqual([false]);
    await second;
    expect(browser.popups.map(({ closed }) => closed)).toEqual([true]);
  });

  it('uses a code and its verifier once', async () => {
    const { browser, session } = setUp();
    await session.connect(true, fine);
    const [request] = tokenRequests();
    const form = new URLSearchParams(request?.body.toString());
    expect(fake.authority.token(form).status).toBe(400);
    expect(browser.popups[0]?.visits[0]).not.toContain(form.get('code_verifier'));
  });

  it('lets the redirect page know that its answer came', async () => {
    const { browser, session } = setUp({ cutsOff: true });
    await session.connect(true, fine);
    await browser.popups[0]?.following;
    expect(browser.popups[0]?.isTaken).toBe(true);
  });

  it.each([
    'https://other.test/signed-in',
    '//other.test/',
    'javascript:x',
    'https://',
    '/signed-in#a',
  ])('refuses the redirect address %j', async (redirectUri) => {
    const { browser, session } = setUp({}, { redirectUri });
    await expectCode(session.connect(true, fine), 'invalid');
    expect(browser.popups).toEqual([]);
  });

  it('goes on without a refresh token until the access token ends', async () => {
    const { session } = setUp();
    store.kept.set(KEY, { refreshToken: 'of somebody else' });
    fake.authority.withoutRefreshToken = true;
    await session.connect(true, fine);
    expect(store.kept.size).toBe(0);
    await session.current();
    nowMs += 5 * HOUR_MS;
    await expectCode(session.current(), 'unauthorized');
  });
});

describe('OAuthSession sign-in that leaves the page', () => {
  it('comes back to where the person was and goes on there', async () => {
    const { browser, session, open } = setUp({}, { signIn: 'redirect' });
    session.connect(true, fine).catch(() => undefined);
    await expect.poll(() => browser.visits, PATIENT).toHaveLength(1);
    expect(await browser.followVisit()).toBe(true);
    expect(browser.address).toBe('https://app.test/chats/7');
    const again = open();
    await again.connect(false, fine);
    expect(isGood(await again.current())).toBe(true);
    expect(browser.page.sessionStorage.length).toBe(0);
    expect(browser.popups).toEqual([]);
  });

  it('uses the answer once', async () => {
    const { browser, session, open } = setUp({}, { signIn: 'redirect' });
    session.connect(true, fine).catch(() => undefined);
    await expect.poll(() => browser.visits, PATIENT).toHaveLength(1);
    await browser.followVisit();
    answerToken(503, '');
    await expectCode(open().connect(false, fine), 'unavailable');
    await expectCode(open().connect(false, fine), 'unauthorized');
    expect(tokenRequests()).toHaveLength(1);
  });

  it('says why there is no sign-in', async () => {
    const { browser, session, open } = setUp({}, { signIn: 'redirect' });
    fake.authority.refusal = 'access_denied';
    session.connect(true, fine).catch(() => undefined);
    await expect.poll(() => browser.visits, PATIENT).toHaveLength(1);
    await browser.followVisit();
    await expectCode(open().connect(false, fine), 'aborted');
  });

  it('takes no answer to a sign-in that nobody began', async () => {
    const { browser, open } = setUp({}, { signIn: 'redirect' });
    const page = browser.redirectPage(`${REDIRECT}?state=forged&code=evil`);
    const completing = completeSignInOn(page, browser.sleep);
    expect(browser.pass()).toBe(5000);
    expect(await completing).toBe(false);
    await expectCode(open().connect(false, fine), 'unauthorized');
    expect(tokenRequests()).toHaveLength(0);
  });

  it('ends when the page is not left after all', async () => {
    const { browser, session } = setUp({}, { signIn: 'redirect' });
    const connecting = session.connect(true, fine);
    await expect.poll(() => browser.waits.size, PATIENT).toBe(1);
    browser.pass();
    await expectCode(connecting, 'aborted');
  });

  it('says unavailable when the page may keep nothing', async () => {
    const { browser, session } = setUp({}, { signIn: 'redirect' });
    browser.page.sessionStorage.getItem = () => {
      throw new DOMException('refused', 'SecurityError');
    };
    await expectCode(session.connect(true, fine), 'unavailable');
  });
});

describe('OAuthSession with a kept sign-in', () => {
  /** A session as the next start of the app finds it. */
  const setUpKept = async (settings: BrowserSettings = {}) => {
    const first = setUp(settings);
    await first.session.connect(true, fine);
    fake.authority.expireAccessTokens();
    return { ...first, session: first.open() };
  };

  it('goes on without a window', async () => {
    const { browser, session } = await setUpKept();
    await session.connect(false, fine);
    expect(isGood(await session.current())).toBe(true);
    expect(browser.popups).toHaveLength(1);
  });

  it('takes another token shortly before the end of one, once for all who ask', async () => {
    const { session } = await setUpKept();
    const first = await session.current();
    nowMs += 4 * HOUR_MS - 61_000;
    expect(await session.current()).toBe(first);
    nowMs += 2000;
    const tokens = await Promise.all([session.current(), session.current(), session.current()]);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(first);
    expect(tokenRequests()).toHaveLength(3);
  });

  it('takes another token once for all whose token was refused', async () => {
    const { session } = await setUpKept();
    const first = await session.current();
    const tokens = await Promise.all([first, first, first].map((token) => session.replace(token)));
    expect(new Set(tokens).size).toBe(1);
    expect(await session.replace(first)).toBe(tokens[0]);
    expect(tokenRequests()).toHaveLength(3);
  });

  it('forgets a sign-in that the service ended, and asks the person only when it may', async () => {
    const { browser, session } = await setUpKept();
    fake.authority.revokeAll();
    await expectCode(session.connect(false, fine), 'unauthorized');
    expect(store.kept.size).toBe(0);
    expect(browser.popups).toHaveLength(1);
    await session.connect(true, fine);
    expect(browser.popups).toHaveLength(2);
  });

  it('asks the person once when the service does not agree with the token', async () => {
    const { browser, session } = await setUpKept();
    const checks: string[] = [];
    const refusing = async () => {
      checks.push(await session.current());
      throw new CloudError('unauthorized', 'no');
    };
    await expectCode(session.connect(false, refusing), 'unauthorized');
    expect(browser.popups).toHaveLength(1);
    await expectCode(session.connect(true, refusing), 'unauthorized');
    expect(browser.popups).toHaveLength(2);
    expect(new Set(checks).size).toBe(2);
    const offline = () => Promise.reject(new CloudError('offline', 'no network'));
    await expectCode(session.connect(true, offline), 'offline');
    expect(browser.popups).toHaveLength(2);
  });

  it('keeps the sign-in through failures that pass', async () => {
    const { browser, session } = await setUpKept();
    answerToken(429, '', { 'Retry-After': '30' });
    await expect(session.connect(true, fine)).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 30_000,
    });
    answerToken(500, '');
    await expectCode(session.connect(true, fine), 'unavailable');
    fake.faults.push({ matches: ({ path }) => path === '/oauth2/token', kind: { kind: 'drop' } });
    await expectCode(session.connect(true, fine), 'offline');
    expect(browser.popups).toHaveLength(1);
    await session.connect(true, fine);
  });

  it.each([
    [400, { error: 'invalid_grant', error_description: 'revoked' }, 'unauthorized'],
    [400, { error: 'interaction_required' }, 'unauthorized'],
    [400, { error: 'invalid_client' }, 'invalid'],
    [401, { error: 'unauthorized_client' }, 'invalid'],
    [400, '<html>', 'invalid'],
    [200, { token_type: 'bearer' }, 'invalid'],
    [200, { access_token: 'a\nb' }, 'invalid'],
    [200, '<html>', 'invalid'],
    [404, '', 'not-found'],
  ])('takes %i %j for %s', async (status, body, code) => {
    const { session } = await setUpKept();
    answerToken(status, body);
    await expectCode(session.current(), code as CloudErrorCode);
  });

  it('tells a developer what the service said, and nothing secret', async () => {
    const { session } = await setUpKept();
    answerToken(400, { error: 'invalid_client', error_description: 'AADSTS9002326: …' });
    const error = await session.current().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      details: { error: 'invalid_client', description: 'AADSTS9002326: …' },
    });
    expect(String(error) + JSON.stringify(error)).not.toContain(store.kept.get(KEY)?.refreshToken);
  });

  it.each(['get', 'set', 'delete'] as const)(
    'says unavailable when the store fails to %s',
    async (call) => {
      const { session } = await setUpKept();
      Object.assign(store, { [call]: () => Promise.reject(new Error('disk')) });
      if (call === 'delete') fake.authority.revokeAll();
      if (call === 'set') answerToken(200, { access_token: 'a', refresh_token: 'b' });
      await expectCode(session.current(), 'unavailable');
    },
  );

  it('does not trust what it finds in the store', async () => {
    const { session } = await setUpKept();
    store.kept.set(KEY, { refreshToken: 5 as unknown as string });
    await expectCode(session.current(), 'unauthorized');
  });

  describe('of a service whose refresh tokens change', () => {
    beforeEach(async () => {
      await fake.stop();
      fake = await startFakeDropbox([REDIRECT], { rotates: true });
    });

    it('keeps the new one', async () => {
      const { session, open } = await setUpKept();
      const before = store.kept.get(KEY)?.refreshToken;
      await session.current();
      expect(store.kept.get(KEY)?.refreshToken).not.toBe(before);
      expect(isGood(await open().current())).toBe(true);
    });

    it('goes on when another tab was faster', async () => {
      const { session, open } = await setUpKept();
      const old = store.kept.get(KEY);
      await open().current();
      const current = store.kept.get(KEY);
      let reads = 0;
      store.get = async () => (reads++ === 0 ? old : current);
      expect(isGood(await session.current())).toBe(true);
      expect(store.kept.size).toBe(1);
    });
  });
});

describe('OAuthSession disconnect', () => {
  it('forgets the sign-in and revokes it', async () => {
    const { session, revoked, browser } = setUp();
    await session.connect(true, fine);
    const token = await session.current();
    await session.disconnect();
    expect(revoked).toEqual([token]);
    expect(store.kept.size).toBe(0);
    await expectCode(session.connect(false, fine), 'unauthorized');
    expect(browser.popups).toHaveLength(1);
  });

  it('revokes a sign-in of which only the refresh token is known', async () => {
    const { session, revoked, open } = setUp();
    await session.connect(true, fine);
    await open().disconnect();
    expect(revoked).toHaveLength(1);
    expect(store.kept.size).toBe(0);
  });

  it('forgets also when the service cannot be reached', async () => {
    const { session, revoked, open } = setUp();
    await session.connect(true, fine);
    answerToken(503, '');
    await open().disconnect();
    expect(revoked).toEqual([]);
    expect(store.kept.size).toBe(0);
  });

  it('does nothing when nobody is signed in', async () => {
    const { session, revoked } = setUp();
    await session.disconnect();
    expect(revoked).toEqual([]);
    expect(fake.requests).toEqual([]);
  });

  it('does not let a token that is on its way bring the sign-in back', async () => {
    const { session, open } = setUp();
    await session.connect(true, fine);
    const other = open();
    answerToken(200, { access_token: 'late', refresh_token: 'late' });
    const refreshing = expectCode(other.current(), 'unauthorized');
    await other.disconnect();
    await refreshing;
    expect(store.kept.size).toBe(0);
  });

  /** The next answer with a token comes when the returned function is called. */
  const holdAnswer = () => {
    let release: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => (release = resolve));
    const get = store.get.bind(store);
    let reads = 0;
    // The second look follows the answer of the service.
    store.get = async (key) => {
      if ((reads += 1) === 2) await answered;
      return get(key);
    };
    return { release, isHeld: () => reads === 2, stop: () => (store.get = get) };
  };

  it.each([
    ['a token that changes', { access_token: 'late', refresh_token: 'late' }],
    ['a token that stays', { access_token: 'late' }],
  ])('of another tab is not undone by an answer that comes later: %s', async (_, answer) => {
    const { session, open } = setUp();
    await session.connect(true, fine);
    const other = open();
    answerToken(200, answer);
    const held = holdAnswer();
    const renewing = expectCode(other.current(), 'unauthorized');
    await expect.poll(held.isHeld, PATIENT).toBe(true);
    held.stop();
    await session.disconnect();
    held.release();
    await renewing;
    expect(store.kept.size).toBe(0);
    await expectCode(other.current(), 'unauthorized');
  });

  it('of another tab and a new sign-in there are what counts', async () => {
    const { session, open } = setUp();
    await session.connect(true, fine);
    const other = open();
    answerToken(200, { access_token: 'late', refresh_token: 'late' });
    const held = holdAnswer();
    const renewing = other.current();
    await expect.poll(held.isHeld, PATIENT).toBe(true);
    held.stop();
    await session.disconnect();
    await session.connect(true, fine);
    const kept = store.kept.get(KEY);
    held.release();
    expect(isGood(await renewing)).toBe(true);
    expect(store.kept.get(KEY)).toEqual(kept);
  });

  it('removes what was being kept meanwhile', async () => {
    const { session } = setUp();
    let keep: () => void = () => undefined;
    store.set = (key, tokens) =>
      new Promise((resolve) => {
        keep = () => {
          store.kept.set(key, tokens);
          resolve();
        };
      });
    let isSetting = false;
    const set = store.set;
    store.set = (key, tokens) => {
      isSetting = true;
      return set(key, tokens);
    };
    const connecting = session.connect(true, fine);
    await expect.poll(() => isSetting, PATIENT).toBe(true);
    await session.disconnect();
    keep();
    await expectCode(connecting, 'unauthorized');
    expect(store.kept.size).toBe(0);
  });

  it.each([
    ['fails for it', (session: OAuthSession) => session.current()],
    ['succeeds all the same', fine],
  ])('ends a sign-in whose check %s, and opens no window', async (_, rest) => {
    const { browser, session, open } = setUp();
    await session.connect(true, fine);
    const other = open();
    const check = async () => {
      await other.disconnect();
      await rest(other);
    };
    await expectCode(other.connect(true, check), 'aborted');
    expect(browser.popups).toHaveLength(1);
    expect(store.kept.size).toBe(0);
  });

  it('opens no window for a token that is on its way', async () => {
    const { browser, session, open } = setUp();
    await session.connect(true, fine);
    const other = open();
    const connecting = expectCode(other.connect(true, fine), 'aborted');
    await other.disconnect();
    await connecting;
    expect(browser.popups).toHaveLength(1);
  });

  it('does not leave the page any more', async () => {
    const { browser, session } = setUp({}, { signIn: 'redirect' });
    vi.spyOn(globalThis.crypto.subtle, 'digest').mockImplementationOnce(async () => {
      await session.disconnect();
      return new ArrayBuffer(32);
    });
    await expectCode(session.connect(true, fine), 'aborted');
    expect(browser.visits).toEqual([]);
    expect(browser.page.sessionStorage.length).toBe(0);
  });

  it('revokes by a token that is still good', async () => {
    const { session, revoked } = setUp();
    await session.connect(true, fine);
    const first = await session.current();
    nowMs += 5 * HOUR_MS;
    await session.disconnect();
    expect(revoked).toHaveLength(1);
    expect(revoked).not.toContain(first);
  });
});

/** Waits until so many windows show the service's page. */
const untilPopup = async (browser: FakeBrowser, count = 1): Promise<void> => {
  await expect.poll(() => browser.popups.at(count - 1)?.visits.length, PATIENT).toBe(1);
};

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFakeDropbox } from '../../peers/dropbox/fake-dropbox.js';
import { startFakeOneDrive } from '../../peers/onedrive/fake-one-drive.js';
import { type FakeAuthority } from '../../peers/service/fake-authority.js';
import { MemoryTokenStore } from '../../peers/service/fake-browser.js';
import { type FakeService } from '../../peers/service/fake-service.js';
import { dropboxCloud } from '../dropbox/dropbox-cloud.js';
import { oneDriveCloud } from '../onedrive/one-drive-cloud.js';
import { expectBytes, expectCode, someBytes } from '../testing/conformance/bench.js';
import { type OAuthSignIn } from './oauth-sign-in.js';

const REDIRECT = 'https://app.test/signed-in';

const DRIVERS = {
  dropboxCloud: {
    clientId: 'app-key',
    start: () => startFakeDropbox([REDIRECT]),
    open: dropboxCloud,
  },
  oneDriveCloud: {
    clientId: 'app-id',
    start: () => startFakeOneDrive([REDIRECT]),
    open: oneDriveCloud,
  },
};

describe.each(Object.entries(DRIVERS))('%s with a kept sign-in', (_, { clientId, start, open }) => {
  let fake: FakeService & { readonly authority: FakeAuthority };
  let tokens: MemoryTokenStore;
  beforeEach(async () => {
    fake = await start();
    tokens = new MemoryTokenStore();
  });
  afterEach(() => fake.stop());

  const signIn = (): OAuthSignIn => ({ clientId, redirectUri: REDIRECT, tokens });
  /** As a person did before. */
  const openKept = async () => {
    const refreshToken = fake.authority.issueRefreshToken();
    const cloud = open({ ...signIn(), fetch: fake.fetch });
    await tokens.set(`${cloud.providerId}:${clientId}`, { refreshToken });
    return cloud;
  };
  const tokenRequests = () => fake.requests.filter(({ path }) => path.endsWith('/token'));

  it('works from the start, with one token for all calls at once', async () => {
    const cloud = await openKept();
    expect(cloud.isConnected?.()).toBe(false);
    await cloud.connect?.({ interactive: false });
    expect(cloud.isConnected?.()).toBe(true);
    await Promise.all(['a', 'b', 'c'].map((path) => cloud.create(path, someBytes(5))));
    expect(tokenRequests()).toHaveLength(1);
  });

  it('asks once for a new token when the service refuses the one of all calls', async () => {
    const cloud = await openKept();
    await cloud.create('a', someBytes(10));
    fake.authority.expireAccessTokens();
    const read = await Promise.all([1, 2, 3].map(() => cloud.read('a')));
    for (const bytes of read) expectBytes(bytes, someBytes(10));
    expect(tokenRequests()).toHaveLength(2);
  });

  it('says unauthorized after the service ended the sign-in, and forgets it', async () => {
    const cloud = await openKept();
    await cloud.connect?.({ interactive: false });
    fake.authority.revokeAll();
    await expectCode(cloud.read('a'), 'unauthorized');
    expect(cloud.isConnected?.()).toBe(false);
    expect(tokens.kept.size).toBe(0);
    await expectCode(cloud.connect?.({ interactive: false }) ?? Promise.resolve(), 'unauthorized');
  });

  it('forgets the sign-in when it is disconnected', async () => {
    const cloud = await openKept();
    await cloud.connect?.({ interactive: false });
    await cloud.disconnect?.();
    expect(cloud.isConnected?.()).toBe(false);
    expect(tokens.kept.size).toBe(0);
    await expectCode(cloud.list(''), 'unauthorized');
    expect(fake.authority.refreshTokenCount).toBe(open === dropboxCloud ? 0 : 1);
  });

  it('says that a person signs in from a page, where there is none', async () => {
    const cloud = open({ ...signIn(), fetch: fake.fetch });
    await expectCode(cloud.connect?.({ interactive: true }) ?? Promise.resolve(), 'invalid');
  });

  it('ends a call whose caller gives up while it waits for a token', async () => {
    const cloud = await openKept();
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    tokens.get = () => {
      isAsked();
      return new Promise(() => undefined);
    };
    const aborter = new AbortController();
    const listing = cloud.list('a', { signal: aborter.signal });
    await asked;
    aborter.abort();
    await expectCode(listing, 'aborted');
  });

  it('keeps sign-ins of several clouds apart', async () => {
    const cloud = await openKept();
    const other = open({ ...signIn(), providerId: 'other', fetch: fake.fetch });
    await cloud.connect?.({ interactive: false });
    await expectCode(other.list(''), 'unauthorized');
  });

  it('keeps sign-ins of several people in one browser apart', async () => {
    const openFor = (account: string) => open({ ...signIn(), account, fetch: fake.fetch });
    const refreshToken = fake.authority.issueRefreshToken();
    const ann = openFor('ann');
    await tokens.set(`${ann.providerId}:${clientId}:ann`, { refreshToken });
    await expectCode(openFor('ben').list(''), 'unauthorized');
    await ann.list('');
    await openFor('ben').disconnect?.();
    expect(tokens.kept.size).toBe(1);
    await openFor('ann').disconnect?.();
    expect(tokens.kept.size).toBe(0);
  });
});

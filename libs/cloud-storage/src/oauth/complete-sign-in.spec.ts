import { describe, expect, it } from 'vitest';
import { FakeBrowser } from '../../peers/service/fake-browser.js';
import { completeSignInOn } from './complete-sign-in.js';

const noFetch: typeof fetch = () => Promise.reject(new Error('nothing is fetched here'));

describe('completeSignIn', () => {
  it.each(['https://app.test/signed-in', 'https://app.test/signed-in?code=only&x=1'])(
    'does nothing at %s, which is no answer',
    async (address) => {
      const browser = new FakeBrowser(noFetch);
      expect(await completeSignInOn(browser.redirectPage(address), browser.sleep)).toBe(false);
      expect(browser.waits.size).toBe(0);
    },
  );

  it('says that nobody took the answer, and removes it from the address', async () => {
    const browser = new FakeBrowser(noFetch);
    let shown = '';
    let isClosed = false;
    const page = {
      ...browser.redirectPage('https://app.test/signed-in?code=secret&state=1#x'),
      history: {
        replaceState: (_data: unknown, _unused: string, url?: string | URL | null) =>
          void (shown = String(url)),
      },
      close: () => void (isClosed = true),
    };
    const completing = completeSignInOn(page, browser.sleep);
    expect(browser.pass()).toBe(5000);
    expect(await completing).toBe(false);
    expect(shown).toBe('/signed-in');
    expect(isClosed).toBe(false);
  });
});

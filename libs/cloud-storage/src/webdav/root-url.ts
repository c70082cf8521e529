import { CloudError } from '../port/cloud-error.js';

/**
 * The address of the folder that is the root of a storage, with a slash at its end; in a page it may be relative to the page.
 *
 * @throws CloudError `invalid` for an address that is not one of HTTP or holds a password
 */
export const parseRootUrl = (text: string): URL => {
  const base = globalThis.location?.href;
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!url || !isHttp || url.username !== '' || url.password !== '') {
    throw new CloudError(
      'invalid',
      'cloud-storage/webdav: the url must begin with http:// or https:// and hold no user name or password; those go into credentials',
    );
  }
  url.search = '';
  url.hash = '';
  // A "%" that escapes nothing is one that was meant.
  url.pathname = `${url.pathname}/`.replace(/\/\/$/, '/').replace(/%(?![\da-f]{2})/gi, '%25');
  return url;
};

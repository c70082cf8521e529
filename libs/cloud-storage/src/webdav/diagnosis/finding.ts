/**
 * What was found: `fine`; `ranges-ignored` and `listing-lags` (works, less well);
 * - `bad-address` (no address of HTTP), `insecure` (a secure page may not ask an http: address), `offline` (this device has no network),
 *   `unreachable` (nobody answers), `redirected` (the folder has another address), `wrong-path` (nothing there, or a page for people),
 *   `missing-folder` (only the folder above is there), `not-webdav` (a web server that neither lists nor takes files);
 * - `no-cors` (the server lets no page of this origin in), `preflight-unauthorized` (it wants a password for the browser's question in
 *   advance, which never has one), `cors-incomplete` (it lets pages in, but not with all they need: `missing`);
 * - `unauthorized` (name and password are not accepted), `forbidden` (accepted, but not for this folder);
 * - `no-listing` (files yes, lists of files no), `read-only`, `full`, `no-removing`, `altered` (other bytes come back);
 * - `unavailable` (failed, busy or locked), `unexpected` (an answer that fits nothing above).
 */
export type WebDavFinding =
  | 'fine'
  | 'ranges-ignored'
  | 'listing-lags'
  | 'bad-address'
  | 'insecure'
  | 'offline'
  | 'unreachable'
  | 'redirected'
  | 'wrong-path'
  | 'missing-folder'
  | 'not-webdav'
  | 'no-cors'
  | 'preflight-unauthorized'
  | 'cors-incomplete'
  | 'unauthorized'
  | 'forbidden'
  | 'no-listing'
  | 'read-only'
  | 'full'
  | 'no-removing'
  | 'altered'
  | 'unavailable'
  | 'unexpected';

/** A finding with what it rests on. */
export interface Finding {
  readonly code: WebDavFinding;
  /** The status that the server answered with. */
  readonly status?: number | undefined;
  /** Methods and headers that the server does not allow to pages. */
  readonly missing?: readonly string[];
  /** Where the folder really is. */
  readonly location?: string;
  /** Whether the server shows the folder as JSON, so that `listing: 'autoindex-json'` helps. */
  readonly hasIndex?: boolean;
  /** What the check wrote and could not remove. */
  readonly left?: readonly string[];
}

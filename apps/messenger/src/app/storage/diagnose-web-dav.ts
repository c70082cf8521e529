import { InjectionToken } from '@angular/core';
import {
  type WebDavDiagnosis,
  type WebDavDiagnosisOptions,
} from '@chat-vault/cloud-storage/webdav/diagnosis';

/** Finds out why a WebDAV server cannot be used; the code for it is loaded when it is first needed. */
export const DIAGNOSE_WEB_DAV = new InjectionToken<
  (options: WebDavDiagnosisOptions) => Promise<WebDavDiagnosis>
>('DIAGNOSE_WEB_DAV', {
  providedIn: 'root',
  factory: () => async (options) => {
    const { diagnoseWebDav } = await import('@chat-vault/cloud-storage/webdav/diagnosis');
    return diagnoseWebDav(options);
  },
});

/** Failures whose reason a browser hides, or that may have several. */
const UNCLEAR: ReadonlySet<string> = new Set([
  'offline',
  'forbidden',
  'not-found',
  'unavailable',
  'conflict',
  'invalid',
]);

/** Whether it is worth to look what is behind a failure. */
export const isUnclear = ({ code }: { readonly code: string }): boolean => UNCLEAR.has(code);

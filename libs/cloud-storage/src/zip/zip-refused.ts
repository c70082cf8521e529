import { CloudError } from '../port/cloud-error.js';

/**
 * Why a ZIP file, or one file in it, is not used: `not-a-zip`, `truncated` (its end is missing), `damaged`, `encrypted`, `unsafe-name` (a
 * name that would leave the folder), `too-large` (more than a vault can hold, or than so few bytes can), `unsupported` (a method or a
 * form that is rare), `no-vault`, `several-vaults`. It is `details.reason` of a `CloudError` `invalid`.
 */
export type ZipRefusal =
  | 'not-a-zip'
  | 'truncated'
  | 'damaged'
  | 'encrypted'
  | 'unsafe-name'
  | 'too-large'
  | 'unsupported'
  | 'no-vault'
  | 'several-vaults';

/** The error of a refusal. */
export const zipRefused = (
  reason: ZipRefusal,
  message: string,
  options?: ErrorOptions & { readonly details?: Readonly<Record<string, unknown>> },
): CloudError =>
  new CloudError('invalid', `cloud-storage/zip: ${message}`, {
    ...options,
    details: { ...options?.details, reason },
  });

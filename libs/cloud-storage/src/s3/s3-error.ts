import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';

/** An error of this driver about a file, a folder, or with `undefined` about neither. */
export const s3Error = (
  code: CloudErrorCode,
  message: string,
  path?: string,
  options?: ErrorOptions,
): CloudError =>
  new CloudError(code, `cloud-storage/s3: ${message}`, {
    ...options,
    details: path === undefined ? {} : { path },
  });

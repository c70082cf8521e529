import { CloudError } from '../port/cloud-error.js';
import { type PathParts } from './directory-files.js';

/** The file system took the bytes and kept another number of them; the file was taken back. */
export const notWhole = (
  file: PathParts,
  bytes: { readonly expected: number; readonly size: number },
): CloudError => {
  const path = file.join('/');
  return new CloudError(
    'unavailable',
    `cloud-storage/directory: "${path}" got ${bytes.size} bytes instead of ${bytes.expected}; it was taken back, try again`,
    { details: { path, ...bytes } },
  );
};

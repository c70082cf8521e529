import { CloudError } from '../port/cloud-error.js';

// Control characters, backslashes (a separator on Windows) and halves of surrogate pairs (not encodable as UTF-8).
// eslint-disable-next-line no-control-regex
const REFUSED = /[\u0000-\u001f\u007f\\]|\p{Surrogate}/u;

/** Whether a service may be trusted with this as one part of a path: not empty, not `.` or `..`, no separator, no control character. */
export const isPathPart = (part: string): boolean =>
  part !== '' && part !== '.' && part !== '..' && !part.includes('/') && !REFUSED.test(part);

/**
 * The parts of a file's path. Nothing that could leave the storage's root gets through, whoever made the path.
 *
 * @throws CloudError `invalid` for an empty, absolute or climbing path
 */
export const parseFilePath = (path: string): readonly string[] => {
  const parts = path.split('/');
  if (!parts.every(isPathPart)) {
    throw new CloudError(
      'invalid',
      `cloud-storage: ${JSON.stringify(path)} is not a path; parts joined by "/" without "..", "\\" or control characters are`,
      { details: { path } },
    );
  }
  return parts;
};

/**
 * The parts of a folder's path; `''`, the root of the storage, has none.
 *
 * @throws CloudError `invalid` as for `parseFilePath`
 */
export const parseFolderPath = (folder: string): readonly string[] =>
  folder === '' ? [] : parseFilePath(folder);

/** The path of a name in a folder, where `''` is the root. */
export const joinPath = (folder: string, name: string): string =>
  folder === '' ? name : `${folder}/${name}`;

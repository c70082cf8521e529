import { CloudError } from '../port/cloud-error.js';

/** The error for an answer of success that does not say what it should; the task as in `dropbox: files/download "a/b"`. */
export const senseless = (task: string, lacking: string): CloudError =>
  new CloudError('invalid', `cloud-storage/${task}: the answer makes no sense, ${lacking}`);

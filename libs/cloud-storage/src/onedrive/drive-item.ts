import { fieldsOf, parseCount, parseTime } from '../http/json.js';
import { senseless } from '../http/senseless.js';
import { fromItemName } from './item-name.js';

/** A file or folder in OneDrive; notebooks, shared shortcuts and the like are `other`. */
export interface DriveItem {
  readonly kind: 'file' | 'folder' | 'other';
  /** The part of a path that its name stands for; `undefined` for one that no path of ours leads to. */
  readonly part: string | undefined;
  readonly size: number | undefined;
  /** What `quickXorHash` gives of its content, where OneDrive tells it. */
  readonly hash: unknown;
  /** ISO-8601 UTC. */
  readonly modifiedAt: string | undefined;
  /** Where the bytes are, for anybody who knows the address, for about an hour. */
  readonly downloadUrl: unknown;
}

/**
 * An item of an answer of Microsoft Graph.
 *
 * @throws CloudError `invalid` when it is none
 */
export const parseItem = (value: unknown, task: string): DriveItem => {
  const fields = fieldsOf(value);
  const { name, file, folder } = fields;
  if (typeof name !== 'string') {
    throw senseless(task, 'it is not an item');
  }
  const kind = file ? 'file' : folder && !fields['package'] ? 'folder' : 'other';
  return {
    kind,
    part: fromItemName(name),
    size: parseCount(fields['size']),
    hash: fieldsOf(fieldsOf(file)['hashes'])['quickXorHash'],
    modifiedAt: parseTime(fields['lastModifiedDateTime']),
    downloadUrl: fields['@microsoft.graph.downloadUrl'],
  };
};

/**
 * An address that an answer gives for requests without a token.
 *
 * @throws CloudError `invalid` for what is not https
 */
export const parseOpenUrl = (value: unknown, task: string): URL => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'https:') return url;
  throw senseless(task, 'it gives no address');
};

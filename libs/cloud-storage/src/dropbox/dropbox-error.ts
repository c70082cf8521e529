import { type HttpAnswer } from '../http/http-client.js';
import { statusError } from '../http/http-status.js';
import { fieldsOf, parseCount, parseJson } from '../http/json.js';
import { parseRetryAfter } from '../http/retry-after.js';
import { CloudError, type CloudErrorCode } from '../port/cloud-error.js';

/** What the last tags of an error mean; a tag that is not here is an `invalid` request. */
const CODES: Readonly<Record<string, CloudErrorCode>> = {
  not_found: 'not-found',
  not_file: 'not-found',
  not_folder: 'not-found',
  conflict: 'conflict',
  insufficient_space: 'quota-exceeded',
  too_many_requests: 'rate-limited',
  too_many_write_operations: 'rate-limited',
  no_write_permission: 'forbidden',
  access_restricted: 'forbidden',
  restricted_content: 'forbidden',
  team_folder: 'forbidden',
  locked: 'unavailable',
  operation_suppressed: 'unavailable',
  content_hash_mismatch: 'unavailable',
  incorrect_offset: 'unavailable',
  closed: 'unavailable',
  reset: 'unavailable',
  internal_error: 'unavailable',
};

const ADVICE: Readonly<Record<string, string>> = {
  insufficient_space: 'the Dropbox is full; make room there',
  disallowed_name: 'Dropbox does not take this name',
  malformed_path: 'Dropbox does not take this path',
  missing_scope: 'give the app this permission in the Dropbox App Console, then connect again',
  conflict: 'something else has this name; write under another name',
};

/**
 * What an answer of Dropbox that is no success means: status 409 is told apart by the tags of its error, which are in `details` as
 * `reason`, for example `path/conflict/file`.
 */
export const dropboxError = (task: string, answer: HttpAnswer, nowMs: number): CloudError => {
  const { status, headers } = answer;
  const body = fieldsOf(parseJson(answer.bytes))['error'];
  const tags = tagsOf(body);
  const reason = tags.join('/');
  const seconds = parseCount(fieldsOf(body)['retry_after']);
  const retryAfterMs =
    parseRetryAfter(headers.get('Retry-After'), nowMs) ??
    (seconds === undefined ? undefined : seconds * 1000);
  const isMissingScope = status === 401 && tags.includes('missing_scope');
  const details = {
    ...(reason !== '' && { reason }),
    ...correctOffset(body),
    ...(isMissingScope && { scope: fieldsOf(body)['required_scope'] }),
    // A request that makes no sense is explained in plain text.
    ...(status === 400 && { description: new TextDecoder().decode(answer.bytes.slice(0, 300)) }),
  };
  if (status !== 409 && !isMissingScope) {
    return statusError(task, { status, retryAfterMs, details });
  }
  const meaning = tags.findLast((tag) => Object.hasOwn(CODES, tag)) ?? '';
  const code = isMissingScope ? 'unauthorized' : (CODES[meaning] ?? 'invalid');
  const advice = ADVICE[tags.find((tag) => Object.hasOwn(ADVICE, tag)) ?? ''];
  return new CloudError(
    code,
    `cloud-storage/${task} was refused (${reason})${advice === undefined ? '' : `: ${advice}`}`,
    { details: { status, ...details }, ...(retryAfterMs !== undefined && { retryAfterMs }) },
  );
};

/** The tags of a union of Dropbox's, the outermost first: its content is in the field named like the tag, in `reason`, or beside it. */
const tagsOf = (error: unknown): readonly string[] => {
  const tags: string[] = [];
  for (let node = fieldsOf(error); tags.length < 5;) {
    const tag = node['.tag'];
    // They become part of messages, so nothing but words.
    if (typeof tag === 'string' && /^\w{1,60}$/.test(tag)) tags.push(tag);
    else if (tags.length > 0 || node['reason'] === undefined) break;
    node = fieldsOf((typeof tag === 'string' ? node[tag] : undefined) ?? node['reason']);
  }
  return tags;
};

/** How much of an upload Dropbox has, where it says so. */
const correctOffset = (error: unknown): { readonly correctOffset?: number } => {
  const fields = fieldsOf(error);
  const offset =
    parseCount(fields['correct_offset']) ??
    parseCount(fieldsOf(fields['lookup_failed'])['correct_offset']);
  return offset === undefined ? {} : { correctOffset: offset };
};

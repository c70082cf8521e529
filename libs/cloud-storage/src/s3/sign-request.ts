import { sha256Hex } from '@chat-vault/core/format';
import { type S3Keys } from './credentials.js';

/** What a signature covers. */
export interface UnsignedRequest {
  readonly method: string;
  /** Escaped as RFC 3986 wants it, its parameters sorted by name. */
  readonly url: URL;
  /** Besides those that every request has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Who signs, where, and when. */
export interface Signer {
  readonly keys: S3Keys;
  readonly region: string;
  /** Unix ms, by the service's clock. */
  readonly nowMs: number;
}

/**
 * The headers of the request with its signature: AWS Signature Version 4, in the `Authorization` header, over all given headers and the
 * hash of the body.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export const signRequest = async (
  { method, url, headers, body }: UnsignedRequest,
  { keys, region, nowMs }: Signer,
): Promise<Readonly<Record<string, string>>> => {
  const time = new Date(nowMs).toISOString().replace(/[:-]|\.\d+/g, '');
  const bodyHash = await sha256Hex(body);
  const sent: Readonly<Record<string, string>> = {
    ...headers,
    'X-Amz-Content-Sha256': bodyHash,
    'X-Amz-Date': time,
    ...(keys.sessionToken !== undefined && { 'X-Amz-Security-Token': keys.sessionToken }),
  };
  const signed = Object.entries({ ...sent, Host: url.host })
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    // As text, name and comma first: a comma stands before everything that a name may hold.
    .sort();
  const names = signed.map(([name]) => name).join(';');
  const request = [
    method,
    url.pathname,
    url.search.slice(1),
    ...signed.map((header) => header.join(':')),
    '',
    names,
    bodyHash,
  ].join('\n');
  const scope = [time.slice(0, 8), region, 's3', 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), await sha256Hex(utf8(request))];
  let key = utf8(`AWS4${keys.secretAccessKey}`);
  for (const part of [...scope, toSign.join('\n')]) key = await hmac(key, utf8(part));
  return {
    ...sent,
    Authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope.join('/')}, SignedHeaders=${names}, Signature=${toHex(key)}`,
  };
};

type Bytes = Uint8Array<ArrayBuffer>;

const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

const hmac = async (key: Bytes, bytes: Bytes): Promise<Bytes> => {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes));
};

const toHex = (bytes: Bytes): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

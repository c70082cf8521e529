import { sha256Hex } from '@chat-vault/core/format';
import { AwsV4Signer } from 'aws4fetch';
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
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const signed = await new AwsV4Signer({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    method,
    url: url.href,
    headers: { ...headers, 'X-Amz-Content-Sha256': await sha256Hex(body) },
    service: 's3',
    region,
    datetime: new Date(nowMs).toISOString().replace(/[:-]|\.\d+/g, ''),
    allHeaders: true,
  }).sign();
  return Object.fromEntries(signed.headers);
};

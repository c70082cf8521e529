import { AwsV4Signer } from 'aws4fetch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBucketAddress } from './bucket-address.js';
import { signRequest, type UnsignedRequest } from './sign-request.js';

/** The account and the time of the examples that AWS published with its specification. */
const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const SIGNER = { keys: KEYS, region: 'us-east-1', nowMs: Date.UTC(2013, 4, 24) };

const exampleOf = (
  path: string,
  rest: Partial<Omit<UnsignedRequest, 'body'>> & { readonly text?: string } = {},
) =>
  signRequest(
    {
      method: rest.method ?? 'GET',
      url: new URL(path, 'https://examplebucket.s3.amazonaws.com'),
      headers: rest.headers ?? {},
      body: new TextEncoder().encode(rest.text ?? ''),
    },
    SIGNER,
  );

describe('signRequest', () => {
  it('signs a read of a part as AWS published it', async () => {
    expect(await exampleOf('/test.txt', { headers: { Range: 'bytes=0-9' } })).toEqual({
      Range: 'bytes=0-9',
      'X-Amz-Content-Sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'X-Amz-Date': '20130524T000000Z',
      Authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    });
  });

  it('signs a write as AWS published it', async () => {
    const { Authorization } = await exampleOf('/test%24file.text', {
      method: 'PUT',
      headers: {
        Date: 'Fri, 24 May 2013 00:00:00 GMT',
        'X-Amz-Storage-Class': 'REDUCED_REDUNDANCY',
      },
      text: 'Welcome to Amazon S3.',
    });
    expect(Authorization).toContain(
      'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    );
  });

  it('signs a listing as AWS published it', async () => {
    const { Authorization } = await exampleOf('/?max-keys=2&prefix=J');
    expect(Authorization).toContain(
      'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });

  it('signs every key, query and token as another implementation does', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), { minLength: 1 }),
        fc.dictionary(fc.stringMatching(/^[a-z-]{1,8}$/), fc.string({ unit: 'binary' })),
        fc.option(fc.stringMatching(/^[\x21-\x7e]{1,40}$/), { nil: undefined }),
        fc.uint8Array({ maxLength: 64 }),
        async (parts, query, sessionToken, body) => {
          const key = parts.map((part) => part.replace(/[./]/g, '_')).join('/');
          const address = createBucketAddress({ endpoint: 'http://[::1]:9000', bucket: 'vault' });
          const url = address.urlOf(key, query);
          const keys = { ...KEYS, ...(sessionToken !== undefined && { sessionToken }) };
          const headers = { 'If-None-Match': '*' };
          const ours = await signRequest(
            { method: 'PUT', url, headers, body },
            { ...SIGNER, keys },
          );
          const theirs = await new AwsV4Signer({
            ...keys,
            method: 'PUT',
            url: url.href,
            headers: { ...headers, 'X-Amz-Content-Sha256': ours['X-Amz-Content-Sha256'] ?? '' },
            service: 's3',
            region: 'us-east-1',
            datetime: '20130524T000000Z',
          }).sign();
          expect(new Headers(ours)).toEqual(theirs.headers);
        },
      ),
      { seed: 70, numRuns: 200 },
    ));
});

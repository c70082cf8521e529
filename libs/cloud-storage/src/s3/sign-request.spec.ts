import { describe, expect, it } from 'vitest';
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
      range: 'bytes=0-9',
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date': '20130524T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    });
  });

  it('signs a write as AWS published it', async () => {
    const { authorization } = await exampleOf('/test%24file.text', {
      method: 'PUT',
      headers: {
        Date: 'Fri, 24 May 2013 00:00:00 GMT',
        'X-Amz-Storage-Class': 'REDUCED_REDUNDANCY',
      },
      text: 'Welcome to Amazon S3.',
    });
    expect(authorization).toContain(
      'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    );
  });

  it('signs a listing as AWS published it', async () => {
    const { authorization } = await exampleOf('/?max-keys=2&prefix=J');
    expect(authorization).toContain(
      'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });

  it('signs all given headers, the token of temporary keys and the hash of the body', async () => {
    const request = {
      method: 'PUT',
      url: new URL('https://examplebucket.s3.amazonaws.com/a'),
      headers: { 'If-None-Match': '*', 'Content-Type': 'text/plain' },
      body: new TextEncoder().encode('Welcome to Amazon S3.'),
    };
    const keys = { ...KEYS, sessionToken: 'a/session+token==' };
    const signed = await signRequest(request, { ...SIGNER, keys });
    expect(signed).toMatchObject({
      'content-type': 'text/plain',
      'if-none-match': '*',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-security-token': 'a/session+token==',
    });
    expect(signed['authorization']).toContain(
      'SignedHeaders=content-type;host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-security-token',
    );
  });
});

import { s3Cloud } from '../../src/s3/s3-cloud.js';
import { type HttpConformanceOptions } from '../../src/testing/http-conformance.js';
import { type S3Peer } from './s3-peer.js';

/** For the suite: keys that live for a while, which come with a token of their session. The service may start later. */
export const sessionTokens = (
  peer: () => S3Peer,
): NonNullable<HttpConformanceOptions['tokens']> => ({
  create: (fetch, giveToken) => {
    const { credentials } = peer();
    const keys = async () => ({ ...credentials, sessionToken: await giveToken() });
    return s3Cloud({ ...peer(), fetch, credentials: keys });
  },
  tokenOf: (headers) => headers.get('X-Amz-Security-Token'),
  refused: () => new Response('<Error><Code>ExpiredToken</Code></Error>', { status: 400 }),
});

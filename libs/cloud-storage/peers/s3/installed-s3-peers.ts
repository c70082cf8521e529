import { type S3PeerKind } from './s3-peer.js';
import { s3rver } from './s3rver.js';
import { swift } from './swift.js';

/** Every S3 service that the tests know how to run. */
export const S3_PEER_KINDS: readonly S3PeerKind[] = [s3rver, swift];

import crypto from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import S3rver from 's3rver';
import { createWorkFolder } from '../server-process.js';
import { type S3PeerKind } from './s3-peer.js';

/** The rules that the guide recommends, for pages of every origin. */
const CORS = `<CORSConfiguration><CORSRule>
  <AllowedOrigin>*</AllowedOrigin>
  ${['GET', 'PUT', 'DELETE', 'HEAD'].map((name) => `<AllowedMethod>${name}</AllowedMethod>`).join('')}
  ${['authorization', 'if-none-match', 'range', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'].map((name) => `<AllowedHeader>${name}</AllowedHeader>`).join('')}
  <ExposeHeader>content-range</ExposeHeader>
  <MaxAgeSeconds>3600</MaxAgeSeconds>
</CORSRule></CORSConfiguration>`;

/**
 * s3rver, a service for Node, in this process: the one peer that every machine has. It does not look at signatures, ignores the
 * condition of a `PUT` and does not escape keys in listings. The bucket `no-cors` lets no page in.
 */
export const s3rver: S3PeerKind = {
  name: 's3rver',
  packages: [],
  missing: () => [],
  async start() {
    bringBackDes();
    const root = await createWorkFolder('s3rver', ['files']);
    const server = new S3rver({
      address: '127.0.0.1',
      port: 0,
      directory: join(root, 'files'),
      silent: true,
      configureBuckets: [{ name: 'vault', configs: [CORS] }, { name: 'no-cors' }],
    });
    server.middleware.unshift(oneAtATime());
    const { port } = await server.run();
    return {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: 'vault',
      region: 'us-east-1',
      credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
      stop: async () => {
        await server.close();
        await rm(root, { recursive: true, force: true });
      },
    };
  },
};

/** Requests for one key wait for each other: s3rver writes into the file itself, where S3 shows an object before or after a write. */
const oneAtATime = (): S3rver['middleware'][number] => {
  const turns = new Map<string, Promise<unknown>>();
  return ({ path }, next) => {
    const turn = (turns.get(path) ?? Promise.resolve()).then(next);
    const ended = turn
      .catch(() => undefined) // it is the answer's to tell
      .then(() => {
        if (turns.get(path) === ended) turns.delete(path);
      });
    turns.set(path, ended);
    return turn;
  };
};

const { createCipheriv, createDecipheriv } = crypto;

/**
 * s3rver makes the tokens of its listings with DES, which today's OpenSSL has no longer. Triple DES, which it has, with three times the
 * same key is the same.
 */
const bringBackDes = (): void => {
  const tripled = (algorithm: string, key: Buffer): [string, Buffer] =>
    algorithm === 'des' ? ['des-ede3-cbc', Buffer.concat([key, key, key])] : [algorithm, key];
  Object.assign(crypto, {
    createCipheriv: (algorithm: string, key: Buffer, ...rest: [Buffer]) =>
      createCipheriv(...tripled(algorithm, key), ...rest),
    createDecipheriv: (algorithm: string, key: Buffer, ...rest: [Buffer]) =>
      createDecipheriv(...tripled(algorithm, key), ...rest),
  });
};

import { randomBytes } from 'node:crypto';
import { type Response } from 'express';
import { sendBytes, type SeenRequest } from '../service/fake-service.js';
import { GraphRefusal, type DriveNode } from './drive-tree.js';
import { slowQuickXorHash } from './slow-quick-xor-hash.js';

/** Another origin than Graph's, where the bytes are. */
export const STORE_HOST = 'store.onedrive.fake';

interface Session {
  readonly id: string;
  bytes: Buffer;
  readonly write: (bytes: Buffer) => DriveNode;
}

/** The host whose addresses are permission enough to get bytes and to send them. */
export class StoreHost {
  /** Bytes that came in upload sessions. */
  sessionBytes = 0;
  /** Whether items come with the hash of their content; some do so only later. */
  tellsHashes = true;
  readonly #downloads = new Map<string, DriveNode>();
  readonly #sessions = new Map<string, Session>();

  /** What Graph tells of a node. */
  itemOf(node: DriveNode) {
    const key = randomBytes(9).toString('base64url');
    this.#downloads.set(key, node);
    return {
      id: node.id,
      name: node.name,
      size: node.bytes?.length ?? 0,
      lastModifiedDateTime: node.modified,
      ...(node.bytes
        ? {
            file: {
              mimeType: 'application/octet-stream',
              ...(this.tellsHashes && { hashes: { quickXorHash: slowQuickXorHash(node.bytes) } }),
            },
            '@microsoft.graph.downloadUrl': `https://${STORE_HOST}/download/${key}`,
          }
        : { folder: { childCount: 0 } }),
    };
  }

  /** What Graph tells of a new session; all its bytes are written at the end. */
  openSession(write: Session['write']) {
    const id = randomBytes(9).toString('base64url');
    this.#sessions.set(id, { id, bytes: Buffer.alloc(0), write });
    return {
      uploadUrl: `https://${STORE_HOST}/upload/${id}`,
      expirationDateTime: '2024-02-01T10:15:30Z',
    };
  }

  /** Ends every upload session, whatever it has. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  /** @throws GraphRefusal */
  handle(request: SeenRequest, response: Response, url: URL): void {
    // With a token some of these hosts answer 401.
    if (request.headers['authorization'] !== undefined) {
      throw new GraphRefusal(401, 'unauthenticated');
    }
    const [, kind, id = ''] = url.pathname.split('/');
    if (kind === 'download') {
      const node = this.#downloads.get(id);
      if (!node?.bytes) throw new GraphRefusal(401, 'unauthenticated');
      sendBytes(request, response, node.bytes);
      return;
    }
    const session = this.#sessions.get(id);
    if (!session) throw new GraphRefusal(404, 'itemNotFound');
    if (request.method === 'PUT') this.#put(request, response, session);
    else response.json({ nextExpectedRanges: [`${session.bytes.length}-`] });
  }

  #put(request: SeenRequest, response: Response, session: Session): void {
    const [, from, to, total] =
      /^bytes (\d+)-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '')?.map(Number) ?? [];
    if (from === undefined || to === undefined || to - from + 1 !== request.body.length) {
      throw new GraphRefusal(400, 'invalidRequest');
    }
    if (from !== session.bytes.length) throw new GraphRefusal(416, 'invalidRange');
    const isLast = to + 1 === total;
    if (!isLast && request.body.length % (320 * 1024) !== 0) {
      throw new GraphRefusal(400, 'invalidRequest');
    }
    session.bytes = Buffer.concat([session.bytes, request.body]);
    this.sessionBytes += request.body.length;
    if (!isLast) {
      response.status(202).json({ nextExpectedRanges: [`${session.bytes.length}-`] });
      return;
    }
    this.#sessions.delete(session.id);
    response.status(201).json(this.itemOf(session.write(session.bytes)));
  }
}

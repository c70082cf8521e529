import { existsSync } from 'node:fs';
import { apache } from './apache.js';
import { lighttpd } from './lighttpd.js';
import { nephele } from './nephele.js';
import { nginx, nginxWithIndex } from './nginx.js';
import { type PeerKind } from './peer.js';
import { rclone } from './rclone.js';
import { findProgram } from './server-process.js';

/** Every WebDAV server that the tests know how to run. */
export const PEER_KINDS: readonly PeerKind[] = [
  nephele,
  apache,
  nginx,
  nginxWithIndex,
  lighttpd,
  rclone,
];

/** What the kind needs and this machine lacks. */
export const missingFor = (kind: PeerKind): readonly string[] =>
  kind.needs.filter((need) => !(need.includes('/') ? existsSync(need) : findProgram(need)));

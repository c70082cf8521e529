import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { createWorkFolder, freePort, startServer } from '../server-process.js';
import { type S3PeerKind } from './s3-peer.js';

const PYTHON = '/usr/bin/python3';
const S3API = '/usr/lib/python3/dist-packages/swift/common/middleware/s3api/s3api.py';

/**
 * OpenStack Swift with its S3 API. It looks at every signature, knows the style of host names (`vault.s3.test`), says 501 for the
 * condition of a `PUT`, and does not tell its time.
 */
export const swift: S3PeerKind = {
  name: 'OpenStack Swift',
  packages: ['python3-swift'],
  missing() {
    const files = [PYTHON, S3API].filter((file) => !existsSync(file));
    if (files.length > 0) return files;
    return hasAttributes() ? [] : ['a temporary folder with extended attributes'];
  },
  async start() {
    const port = await freePort();
    const root = await createWorkFolder('swift', []);
    const script = join(root, 'swift-node.py');
    // Servers run as another user, who may not be let into this folder.
    await copyFile(join(import.meta.dirname, 'swift-node.py'), script);
    const stop = await startServer({
      program: PYTHON,
      args: [script, root, `${port}`],
      port,
      workFolder: root,
    });
    const endpoint = `http://127.0.0.1:${port}`;
    const credentials = { accessKeyId: 'chat:vault', secretAccessKey: 'secret' };
    const client = new AwsClient({ ...credentials, service: 's3', region: 'eu-test-1' });
    const { status } = await client.fetch(`${endpoint}/vault`, { method: 'PUT' });
    if (status !== 200) throw new Error(`Swift answered ${status} when asked for a bucket`);
    return { endpoint, bucket: 'vault', region: 'eu-test-1', credentials, stop };
  },
};

/** Whether files in the temporary folder can have attributes, in which Swift keeps what it knows of them. */
const hasAttributes = (): boolean => {
  const code =
    'import os, tempfile; f = tempfile.NamedTemporaryFile(); os.setxattr(f.name, "user.a", b"b")';
  return spawnSync(PYTHON, ['-c', code]).status === 0;
};

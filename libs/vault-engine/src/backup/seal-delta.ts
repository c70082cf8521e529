import { type SealedDelta } from '@chat-vault/chat-storage';
import { type VaultContent } from '@chat-vault/core';
import { createVault, deltaPath, sha256Hex, vaultToJson } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';

/** A delta as bytes, under a name nobody else can choose. */
export type EncodedDelta = Pick<SealedDelta, 'vaultId' | 'path' | 'bytes'>;

/** Encodes content as a new delta of this device; `previous` is the delta that it wrote before. */
export async function encodeDelta(
  run: Run,
  content: VaultContent,
  previous: string | null,
): Promise<EncodedDelta> {
  const vaultId = run.env.uuid();
  const vault = createVault({
    vaultId,
    content,
    writer: { deviceId: run.storage.deviceId, previous },
    ...(run.account === undefined ? {} : { account: run.account }),
  });
  const bytes = await run.codec.encode(vaultToJson(vault), { kind: 'delta' });
  const digest = (await sha256Hex(bytes)).slice(0, 16);
  const path = deltaPath(run.basePath, {
    at: run.env.now(),
    vaultId,
    digest,
    extension: run.codec.extension,
  });
  return { vaultId, path, bytes };
}

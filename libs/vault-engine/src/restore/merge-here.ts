import { type ApplyResult, type ApplySource } from '@chat-vault/chat-storage';
import { stampDeviceId, stampMs, type VaultContent } from '@chat-vault/core';
import { type Run } from '../run/run.js';
import { warn } from '../run/tally.js';

const SKEW_MS = 24 * 60 * 60 * 1000;

/** Merges content into the local storage in one transaction, counts what changed, and warns of clocks that run ahead. */
export async function mergeHere(
  run: Run,
  content: VaultContent,
  source: Omit<ApplySource, 'provider'>,
): Promise<ApplyResult> {
  warnOfSkew(run, content);
  const result = await run.storage.apply(content, { ...source, provider: run.provider });
  run.tally.messagesNew += result.messagesNew;
  run.tally.messagesUpdated += result.messagesUpdated;
  run.tally.messagesDeleted += result.messagesDeleted;
  return result;
}

function warnOfSkew(run: Run, content: VaultContent): void {
  const limit = run.env.now() + SKEW_MS;
  let latest = '';
  for (const records of [content.messages, content.tombstones, content.reactions, content.cleared])
    for (const { stamp } of records) {
      if (stamp <= latest) continue; // in the past, like one before it: stamps sort as text
      if (stampMs(stamp) <= limit) {
        latest = stamp;
        continue;
      }
      const deviceId = stampDeviceId(stamp);
      warn(run.tally, {
        code: 'clock-skew',
        message: `the clock of device ${deviceId} is (or was) more than a day ahead of this one`,
        subject: deviceId,
      });
    }
}

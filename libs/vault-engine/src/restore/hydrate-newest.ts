import { partitionOf } from '@chat-vault/core';
import { liveMonths } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { type CloudView, hydrateConversation } from './hydrate.js';
import { previousMonth } from './previous-month.js';

/** Fetches the newest messages of the most recent conversations, so that a new device has something to show. */
export async function hydrateNewest(run: Run, view: CloudView): Promise<void> {
  const months = liveMonths(view.join).slice(0, 1);
  const [newest] = months;
  if (newest === undefined) return;
  run.progress.enter('hydrating');
  const oldest = previousMonth(newest);
  const recent = view.join.conversations
    .filter((conversation) => conversation.last !== '' && partitionOf(conversation.last) >= oldest)
    .sort((a, b) => (a.last < b.last ? 1 : -1));
  let messages = await localMessages(run);
  for (const { urn, last } of recent) {
    if (messages >= run.options.initialMessages) return;
    const where = { partition: partitionOf(last), conversationUrn: urn };
    await hydrateConversation(run, view, where, run.options.initialMessages - messages);
    messages = await localMessages(run);
  }
}

async function localMessages(run: Run): Promise<number> {
  const conversations = await run.storage.conversations();
  return conversations.reduce((sum, conversation) => sum + conversation.messageCount, 0);
}

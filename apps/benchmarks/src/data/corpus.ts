import { type ChatMessage } from '@chat-vault/core';

/** The messages of a corpus of one `{ id, conversation, sender, sentAt, text }` a line. @throws SyntaxError */
export function parseCorpus(text: string): readonly ChatMessage[] {
  const encoder = new TextEncoder();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = JSON.parse(line) as Readonly<Record<string, string>>; // our own file
      return {
        id: fields['id'] ?? '',
        conversationUrn: `urn:chat:room:${fields['conversation']}`,
        senderId: fields['sender'] ?? '',
        typeId: 'text/plain',
        sentTimestamp: fields['sentAt'] ?? '',
        payloadBytes: encoder.encode(fields['text']),
      };
    });
}

/**
 * The first `count` messages of a corpus; one that has fewer is repeated with other ids and later instants, text and
 * rhythm being those of real people.
 */
export function takeMessages(
  corpus: readonly ChatMessage[],
  count: number,
): readonly ChatMessage[] {
  const times = corpus.map(({ sentTimestamp }) => Date.parse(sentTimestamp));
  const length = times.reduce((a, b) => Math.max(a, b), 0) - (times[0] ?? 0) + 60_000;
  return Array.from({ length: count }, (_, index) => {
    const message = corpus[index % corpus.length] as ChatMessage;
    const round = Math.floor(index / corpus.length);
    if (round === 0) return message;
    const sent = (times[index % corpus.length] ?? 0) + round * length;
    const id =
      (Number.parseInt(message.id.slice(0, 8), 16) + round).toString(16) + message.id.slice(8);
    return { ...message, id, sentTimestamp: new Date(sent).toISOString() };
  });
}

/** A piece of a message as it is drawn. */
export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'block'; readonly text: string };

const PATTERN = /```(?:[\w+-]*\n)?([\s\S]+?)```|`([^`\n]+)`|(https?:\/\/(?:(?!\]\()[^\s<>"'`])+)/gu;
/** An emoji is a picture or a flag, with skin tones, variants and joined pictures. */
const ONE_TO_THREE_EMOJI =
  /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})(?:\p{Emoji_Modifier}|\ufe0f|\u200d\p{Extended_Pictographic})*\s*){1,3}$/u;
/** Full stops and brackets after an address belong to the sentence around it. */
const AFTER_LINK = /[.,;:!?)\]}*_]+$/u;

/** Finds addresses and code, the only markup that is drawn; all else stays as it was written. */
export function messageParts(text: string): readonly MessagePart[] {
  const parts: MessagePart[] = [];
  let end = 0;
  for (const match of text.matchAll(PATTERN)) {
    const [whole, block, code, address] = match;
    const part = block !== undefined ? codeBlock(block) : markup(code, address ?? '');
    const length = part.kind === 'link' ? part.text.length : whole.length;
    pushText(parts, text.slice(end, match.index), part.kind === 'block');
    parts.push(part);
    end = match.index + length;
  }
  pushText(parts, text.slice(end), false);
  return parts;
}

/** Whether a message is one to three emoji and nothing else, which are drawn large. */
export function isEmojiOnly(text: string): boolean {
  return ONE_TO_THREE_EMOJI.test(text);
}

function codeBlock(text: string): MessagePart {
  return { kind: 'block', text: text.replace(/^\n+|\s+$/g, '') };
}

function markup(code: string | undefined, address: string): MessagePart {
  if (code !== undefined) return { kind: 'code', text: code };
  const text = address.replace(AFTER_LINK, '');
  return { kind: 'link', text, href: text };
}

/** Line ends beside a block are its own margins. */
function pushText(parts: MessagePart[], text: string, isBeforeBlock: boolean): void {
  const afterBlock = parts.at(-1)?.kind === 'block' ? text.replace(/^\n/, '') : text;
  const shown = isBeforeBlock ? afterBlock.replace(/\n$/, '') : afterBlock;
  if (shown !== '') parts.push({ kind: 'text', text: shown });
}

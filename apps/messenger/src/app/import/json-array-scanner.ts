/** What was found while reading a JSON text from left to right. */
export type ScanEvent =
  /** A text, number, boolean or null in an object, with the depth of that object. */
  | { readonly kind: 'scalar'; readonly depth: number; readonly key: string; readonly json: string }
  /** An element of an array that was asked for, with the depth of the object that has the array. */
  | {
      readonly kind: 'element';
      readonly depth: number;
      readonly json: string;
      readonly line: number;
    }
  /** An object ended, at its depth. */
  | { readonly kind: 'end'; readonly depth: number };

/** A container that is open, and the key under which it is. */
interface Frame {
  readonly isArray: boolean;
  readonly key: string;
}

/** Characters above which one element is refused, so that a hostile file cannot fill the memory. */
const MAX_TOKEN_CHARS = 8_000_000;
const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, LINE_END] = [
  0x7b, 0x7d, 0x5b, 0x5d, 0x0a,
];

/**
 * Reads a JSON text in chunks and hands out each element of the arrays under `arrayKey`, without ever holding the whole. It only
 * finds where things start and end (quotes, escapes, brackets); whether an element is JSON is for `JSON.parse` to say.
 */
export class JsonArrayScanner {
  readonly #arrayKey: string;
  readonly #frames: Frame[] = [];
  #key = '';
  /** What was read since the last separator, or since the element began. */
  #token = '';
  #isInString = false;
  #isEscaped = false;
  /** Number of frames around the element being read; -1 while outside of one. */
  #elementDepth = -1;
  #elementLine = 1;
  #line = 1;

  constructor(arrayKey: string) {
    this.#arrayKey = arrayKey;
  }

  /** The line reached, from 1. */
  get line(): number {
    return this.#line;
  }

  /** Whether everything that was opened has been closed. */
  get isComplete(): boolean {
    return this.#frames.length === 0 && !this.#isInString;
  }

  /**
   * Reads a chunk and adds what it finds to `events`, also when it throws.
   * @throws SyntaxError for brackets that do not match, and for an element of more than 8,000,000 characters
   */
  push(text: string, events: ScanEvent[]): void {
    let start = 0;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code === LINE_END) this.#line += 1;
      if (this.#isInString) this.#inString(code);
      else if (code === QUOTE) this.#isInString = true;
      else if (isPunctuation(code)) {
        if (this.#elementDepth < 0) {
          const isElement = this.#isBracketOfElement(code);
          this.#token = isElement ? '' : this.#token + text.slice(start, index);
          start = isElement ? index : index + 1;
        }
        if (this.#punctuation(code, events)) {
          events.push(this.#element(this.#token + text.slice(start, index + 1), this.#elementLine));
          start = index + 1;
          this.#token = '';
        }
      }
    }
    this.#token += text.slice(start);
    if (this.#token.length > MAX_TOKEN_CHARS) throw new SyntaxError('an entry is too long');
  }

  #inString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInString = false;
  }

  /** Takes one bracket, comma or colon; whether it ended an element of brackets. */
  #punctuation(code: number, events: ScanEvent[]): boolean {
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (this.#isBracketOfElement(code)) {
        this.#elementDepth = this.#frames.length;
        this.#elementLine = this.#line;
      }
      this.#frames.push({ isArray: code === OPEN_ARRAY, key: this.#key });
      if (this.#elementDepth < 0) this.#token = '';
      return false;
    }
    if (this.#elementDepth < 0) this.#endToken(code, events);
    if (code === COMMA || code === COLON) return false;
    const frame = this.#frames.pop();
    if (frame === undefined || frame.isArray !== (code === CLOSE_ARRAY)) {
      throw new SyntaxError('brackets do not match');
    }
    if (this.#elementDepth === this.#frames.length) {
      this.#elementDepth = -1;
      return true;
    }
    if (this.#elementDepth < 0 && !frame.isArray) {
      events.push({ kind: 'end', depth: this.#frames.length + 1 });
    }
    return false;
  }

  /** A comma, colon or closing bracket ended a key, a scalar, or nothing. */
  #endToken(code: number, events: ScanEvent[]): void {
    const json = this.#token.trim();
    this.#token = '';
    if (json === '') return;
    if (code === COLON) this.#key = parseKey(json);
    else if (this.#isInAskedArray()) events.push(this.#element(json, this.#line));
    else events.push({ kind: 'scalar', depth: this.#frames.length, key: this.#key, json });
  }

  #element(json: string, line: number): ScanEvent {
    return { kind: 'element', depth: this.#frames.length - 1, json, line };
  }

  #isBracketOfElement(code: number): boolean {
    const isOpening = code === OPEN_OBJECT || code === OPEN_ARRAY;
    return isOpening && this.#elementDepth < 0 && this.#isInAskedArray();
  }

  #isInAskedArray(): boolean {
    const frame = this.#frames.at(-1);
    return frame !== undefined && frame.isArray && frame.key === this.#arrayKey;
  }
}

function isPunctuation(code: number): boolean {
  return (
    code === COMMA ||
    code === COLON ||
    code === OPEN_OBJECT ||
    code === CLOSE_OBJECT ||
    code === OPEN_ARRAY ||
    code === CLOSE_ARRAY
  );
}

function parseKey(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch {
    return ''; // not JSON: nothing under such a key is of use
  }
}

/** One event of a body: its SSE name, empty if it has none, and its data. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** The kind of a body, detected from its first bytes and not from its content type. */
export type BodyPiece =
  | { readonly kind: 'events'; readonly events: readonly StreamEvent[] }
  /** The whole body is JSON: there is one piece, at its end. */
  | { readonly kind: 'document'; readonly text: string }
  /** A web page: its beginning, at most 4,096 chars. */
  | { readonly kind: 'page'; readonly text: string };

/** Limits of a body after decompression. */
export interface BodyLimits {
  /** Chars of one line, of one event's data, and of a document. */
  readonly maxEventChars: number;
  readonly maxAnswerBytes: number;
}

/** A body exceeds its limits. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

const PAGE_CHARS = 4_096;

/**
 * Reads a body as server-sent events, as a JSON document or as a web page. The events of one chunk are yielded
 * together. Holds at most one event in memory, joins each line once, and accepts a last event without its blank
 * line.
 *
 * @throws BodyTooLarge saying which limit was exceeded, and any error of reading the body.
 */
export async function* readBody(
  body: ReadableStream<Uint8Array>,
  limits: BodyLimits,
): AsyncGenerator<BodyPiece, void, undefined> {
  const decoder = new TextDecoder();
  const events = createEventReader(limits.maxEventChars);
  let kind = 'unknown' as 'unknown' | BodyPiece['kind'];
  let start = '';
  let document: string[] = [];
  let documentChars = 0;
  let bytes = 0;

  function take(text: string): BodyPiece | undefined {
    let fresh = text;
    if (kind === 'unknown') {
      start += text;
      kind = kindOf(start);
      if (kind === 'unknown') {
        checkLimit(start.length, limits.maxEventChars);
        return undefined;
      }
      fresh = start;
      start = '';
    }
    if (kind === 'events') return { kind: 'events', events: events.read(fresh) };
    document.push(fresh);
    documentChars += fresh.length;
    if (kind === 'page') return documentChars < PAGE_CHARS ? undefined : page();
    checkLimit(documentChars, limits.maxEventChars);
    return undefined;
  }

  function page(): BodyPiece {
    return { kind: 'page', text: document.join('').slice(0, PAGE_CHARS) };
  }

  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limits.maxAnswerBytes) {
      throw new BodyTooLarge(`an answer of more than ${limits.maxAnswerBytes} bytes`);
    }
    const piece = take(decoder.decode(chunk, { stream: true }));
    if (piece === undefined) continue;
    yield piece;
    if (piece.kind === 'page') return;
  }
  const last = take(decoder.decode());
  if (last !== undefined) yield last;
  if (kind === 'events') yield { kind: 'events', events: events.end() };
  else if (kind === 'document') yield { kind: 'document', text: document.join('') };
  else if (kind === 'page') yield page();
  document = [];
}

function kindOf(start: string): 'unknown' | BodyPiece['kind'] {
  const first = /\S/.exec(start)?.[0];
  if (first === undefined) return 'unknown';
  if (first === '{' || first === '[') return 'document';
  return first === '<' ? 'page' : 'events';
}

interface EventReader {
  read(text: string): StreamEvent[];
  end(): StreamEvent[];
}

/**
 * The SSE grammar. `error:` is not a field of SSE, but llama.cpp has used it for errors: it is emitted as an event
 * named `error field`.
 */
function createEventReader(maxEventChars: number): EventReader {
  let line: string[] = [];
  let lineChars = 0;
  let afterReturn = false;
  let name = '';
  let data: string[] = [];
  let dataChars = 0;

  return {
    read(text) {
      const found: StreamEvent[] = [];
      const lines = ended(text);
      let from = 0;
      for (let at = lines.indexOf('\n'); at !== -1; at = lines.indexOf('\n', from)) {
        const end = lines.slice(from, at);
        from = at + 1;
        field(line.length === 0 ? end : joined(end), found);
      }
      hold(lines.slice(from));
      return found;
    },
    end() {
      const found: StreamEvent[] = [];
      if (line.length > 0) field(joined(''), found);
      dispatch(found);
      return found;
    },
  };

  /** The text with LF line ends. A CR ends a line at once; an LF after it, in the next chunk, is skipped. */
  function ended(text: string): string {
    const fresh = afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') afterReturn = text.endsWith('\r');
    return fresh.includes('\r') ? fresh.replaceAll(/\r\n?/g, '\n') : fresh;
  }

  function hold(rest: string): void {
    if (rest === '') return;
    line.push(rest);
    lineChars += rest.length;
    checkLimit(lineChars, maxEventChars);
  }

  function joined(end: string): string {
    line.push(end);
    const whole = line.join('');
    line = [];
    lineChars = 0;
    checkLimit(whole.length, maxEventChars);
    return whole;
  }

  function field(whole: string, found: StreamEvent[]): void {
    if (whole === '') return dispatch(found);
    const colon = whole.indexOf(':');
    const key = colon === -1 ? whole : whole.slice(0, colon);
    // Comments and unused fields are ignored. Any other line is not SSE, but may contain an error message.
    if (key === '' || key === 'id' || key === 'retry') return;
    if (key !== 'data' && key !== 'event' && key !== 'error') {
      found.push({ name: 'no event', data: whole });
      return;
    }
    const value = colon === -1 ? '' : whole.slice(whole[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (key === 'data') {
      data.push(value);
      dataChars += value.length;
      checkLimit(dataChars, maxEventChars);
    } else if (key === 'event') name = value;
    else found.push({ name: 'error field', data: value });
  }

  function dispatch(found: StreamEvent[]): void {
    if (data.length > 0) found.push({ name, data: data.length === 1 ? (data[0] ?? '') : data.join('\n') });
    name = '';
    data = [];
    dataChars = 0;
  }
}

function checkLimit(chars: number, maxChars: number): void {
  if (chars > maxChars) throw new BodyTooLarge(`a line or document of more than ${maxChars} characters`);
}

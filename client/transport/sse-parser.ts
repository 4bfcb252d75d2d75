import { StagewireClientError } from './client-error.ts';

/** One event of a stream of server-sent events. */
export interface ServerSentEvent {
  /** `message` if the stream does not name it. */
  readonly event: string;
  readonly data: string;
  /** `undefined` if the event has none. */
  readonly id: string | undefined;
}

/** Parses server-sent events from the chunks of a response. */
export interface SseParser {
  /** @throws StagewireClientError ANSWER_TOO_LARGE if an event is larger than the limit. */
  push(chunk: string): void;
}

/** @param maxChars The size limit of an event, in chars (UTF-16 code units). */
export function createSseParser(maxChars: number, onEvent: (event: ServerSentEvent) => void): SseParser {
  /** Chunks of a line that has not ended: joined once, since a line may come in thousands of chunks. */
  let parts: string[] = [];
  let lineChars = 0;
  /** Chars of the complete lines of the current event. */
  let eventChars = 0;
  let event = '';
  let data: string[] = [];
  let id: string | undefined;

  function dispatch(): void {
    // A block without data is no event.
    if (data.length > 0) onEvent({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
    event = '';
    data = [];
    id = undefined;
    eventChars = 0;
  }

  function takeLine(line: string): void {
    if (line === '') return dispatch();
    eventChars += line.length;
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') data.push(value);
    else if (name === 'event') event = value;
    else if (name === 'id') id = value;
  }

  return {
    push(chunk) {
      if (chunk.includes('\n')) {
        const lines = `${parts.join('')}${chunk}`.split('\n');
        const rest = lines.pop() ?? '';
        parts = [rest];
        lineChars = rest.length;
        for (const line of lines) takeLine(line.endsWith('\r') ? line.slice(0, -1) : line);
      } else {
        parts.push(chunk);
        lineChars += chunk.length;
      }
      if (eventChars + lineChars > maxChars) {
        const message = `An event of the stream has more than ${maxChars} characters (maxAnswerBytes).`;
        throw new StagewireClientError('ANSWER_TOO_LARGE', message);
      }
    },
  };
}

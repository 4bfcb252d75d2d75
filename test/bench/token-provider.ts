import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** Every token has so many characters: an offset tells which token it is. */
export const tokenChars = 5;
const token = ' word';

/** One answer that a server under test is being given. */
export interface TokenStream {
  /** `performance.now()` when the request was there. */
  readonly arrivedAtMs: number;
  /** When each token was written. */
  readonly sentAtMs: readonly number[];
  /** The number of the first token, if they are numbered: 0 in a model's first answer. */
  readonly firstNumber: number;
  /** Writes so many tokens, each an event of its own, in one piece each. */
  write(count?: number): void;
  /** Writes so many tokens as one event. */
  writeTogether(count: number): void;
  /** Ends the answer in order. */
  end(): void;
  readonly isOpen: boolean;
  /** Resolves with `performance.now()` when the connection, or the answer, is over. */
  readonly closed: Promise<number>;
}

/**
 * A Chat Completions provider that writes when it is told to, and stamps what it writes. It is in the process that
 * follows too, so that both ends of a latency are read from one clock.
 */
export interface TokenProvider extends AsyncDisposable {
  /** With `/v1`. */
  readonly baseUrl: string;
  /** The next answer asked of this model; each is handed out once, oldest first. */
  next(model: string): Promise<TokenStream>;
}

export interface TokenProviderOptions {
  /** The text of a token, {@link tokenChars} long, by its number. @default the same for all */
  readonly textOf?: (number: number) => string;
}

const line = (choice: object) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'bench', choices: [{ index: 0, ...choice }] })}\n\n`;

const opening = line({ delta: { role: 'assistant', content: '' }, finish_reason: null });
const closing = `${line({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;
const piece = pieceOf(token);

/** As HTTP's chunked encoding frames it, so that a token costs the generator one write. */
function pieceOf(text: string): Buffer {
  const event = Buffer.from(line({ delta: { content: text }, finish_reason: null }));
  return Buffer.concat([Buffer.from(`${event.length.toString(16)}\r\n`), event, Buffer.from('\r\n')]);
}

/** Far enough apart that a second answer of a model has no number of the first one. */
function firstNumberOf(answer: number): number {
  return answer === 0 ? 0 : 1_200_000 + answer * 100_000;
}

export async function createTokenProvider({ textOf }: TokenProviderOptions = {}): Promise<TokenProvider> {
  const answers = new Map<string, number>();
  const arrived = new Map<string, TokenStream[]>();
  const awaited = new Map<string, ((stream: TokenStream) => void)[]>();

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1', 4096);
  await once(server, 'listening');

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.socket.setNoDelay(true);
    const { model } = (await json(request)) as { model: string };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(opening);
    const answer = answers.get(model) ?? 0;
    answers.set(model, answer + 1);
    const stream = streamOf(response, firstNumberOf(answer), textOf);
    const waiting = awaited.get(model)?.shift();
    if (waiting !== undefined) waiting(stream);
    else arrived.set(model, [...(arrived.get(model) ?? []), stream]);
  }

  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    next(model) {
      const stream = arrived.get(model)?.shift();
      if (stream !== undefined) return Promise.resolve(stream);
      return new Promise((resolve) => {
        awaited.set(model, [...(awaited.get(model) ?? []), resolve]);
      });
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function streamOf(
  response: ServerResponse,
  firstNumber: number,
  textOf: ((number: number) => string) | undefined,
): TokenStream {
  const sentAtMs: number[] = [];
  let isOpen = true;
  const closed = new Promise<number>((resolve) => {
    response.once('close', () => {
      isOpen = false;
      resolve(performance.now());
    });
  });
  const nextTokens = (count: number): Buffer => {
    if (textOf === undefined) return count === 1 ? piece : pieceOf(token.repeat(count));
    const from = firstNumber + sentAtMs.length;
    return pieceOf(Array.from({ length: count }, (_, index) => textOf(from + index)).join(''));
  };
  return {
    arrivedAtMs: performance.now(),
    sentAtMs,
    firstNumber,
    write(count = 1) {
      if (!isOpen) return;
      for (let index = 0; index < count; index += 1) {
        const tokens = nextTokens(1);
        sentAtMs.push(performance.now());
        response.socket?.write(tokens);
      }
    },
    writeTogether(count) {
      if (!isOpen) return;
      const tokens = nextTokens(count);
      for (let index = 0; index < count; index += 1) sentAtMs.push(performance.now());
      response.socket?.write(tokens);
    },
    end() {
      if (isOpen) response.end(closing);
    },
    get isOpen() {
      return isOpen;
    },
    closed,
  };
}

import type { ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatFrames } from './chat-frames.ts';
import { createModelServer } from './model-server.ts';
import { tokensOf } from './provider-script.ts';

export interface PacedText {
  /** What it writes, or thinks; endlessly, so that the run lives as long as the test looks. */
  readonly pieces: () => Iterator<string, never>;
  /** So many characters come 50 times as fast, then the pace begins. */
  readonly headChars: number;
  /** @default false: it writes */
  readonly thinks?: boolean;
}

export interface PacedModelOptions {
  /** By the model's name. */
  readonly texts: Readonly<Record<string, PacedText>>;
  /** Tokens of four characters, by the clock: what is late comes with the next. */
  readonly tokensPerSecond: number;
}

/** A model's server whose models write without end at a steady pace. */
export interface PacedModel extends AsyncDisposable {
  /** For `COMPATIBLE_BASE_URL`. */
  readonly baseUrl: string;
}

/** So often it looks what is due, in milliseconds: one token at 200 a second. */
const lookMs = 5;
/** So the head comes: all of it in a few seconds, so that whoever looks sees it grow. */
const headTokenChars = 200;
const headTokensPerSecond = 200;

export async function startPacedModel(options: PacedModelOptions): Promise<PacedModel> {
  const { texts, tokensPerSecond } = options;

  async function write(
    { pieces, headChars, thinks = false }: PacedText,
    response: ServerResponse,
  ): Promise<void> {
    const send = (tokens: readonly string[]) => {
      const { reasoning, tokens: said } = chatFrames(thinks ? { reasoning: tokens } : { tokens }, 'paced');
      for (const frame of [...reasoning, ...said]) response.write(frame);
    };
    const source = pieces();
    let ahead = '';
    const take = (chars: number) => {
      while (ahead.length < chars) ahead += source.next().value;
      const taken = ahead.slice(0, chars);
      ahead = ahead.slice(chars);
      return taken;
    };
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    await pace(headChars / headTokenChars, headTokensPerSecond, response, (count) =>
      send(Array.from({ length: count }, () => take(headTokenChars))),
    );
    await pace(Infinity, tokensPerSecond, response, (count) => send(tokensOf(take(count * 4))));
  }

  const server = await createModelServer((request, response) => {
    void (async () => {
      const { model } = (await json(request)) as { model: string };
      const text = texts[model];
      if (text === undefined) throw new Error(`There is no paced text "${model}".`);
      await write(text, response);
    })().catch((error: unknown) => response.destroy(error as Error));
  });
  return { baseUrl: `${server.url}/v1`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Calls `send` with as many tokens as are due, until all are sent or nobody listens. */
async function pace(
  tokens: number,
  perSecond: number,
  response: ServerResponse,
  send: (count: number) => void,
): Promise<void> {
  const startedAtMs = performance.now();
  for (let sent = 0; sent < tokens && !response.destroyed;) {
    // A pace is kept in real time.
    await sleep(lookMs);
    const due = Math.min(tokens, Math.floor(((performance.now() - startedAtMs) * perSecond) / 1000));
    if (due > sent) send(due - sent);
    sent = due;
  }
}

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';

/** How a hostile model answers, by the name of the model that is asked for. */
export const hostileAnswers = {
  'endless-text': (response) => pour(response, { headers: sse, piece: delta('word '.repeat(4000)) }),
  'endless-reasoning': (response) =>
    pour(response, { headers: sse, piece: delta('why '.repeat(4000), 'reasoning') }),
  'endless-error': (response) => pour(response, { status: 500, headers: text, piece: 'x'.repeat(65_536) }),
  'endless-line': (response, { bytes }) =>
    pour(response, { headers: sse, opening: 'data: ', piece: 'x'.repeat(65_536), bytes }),
  'endless-comments': (response, { bytes }) =>
    pour(response, { headers: sse, piece: ': keep alive\n\n'.repeat(4000), bytes }),
  'packed-line': async (response, { bytes }) => send(response, 200, sse, await packed(bytes, 1)),
  'packed-error': async (response, { bytes }) => send(response, 500, text, await packed(bytes, 1)),
  'packed-twice': async (response, { bytes }) => send(response, 200, sse, await packed(bytes, 2)),
  'one-huge-token': (response) =>
    pour(response, { headers: sse, piece: delta('t'.repeat(10_000_000)), bytes: 1 }),
  'tiny-tokens': (response, { tokens }) =>
    pour(response, { headers: sse, piece: delta('t').repeat(500), bytes: (delta('t').length + 1) * tokens }),
} satisfies Record<string, (response: ServerResponse, sizes: HostileSizes) => Promise<void>>;

export type HostileAnswer = keyof typeof hostileAnswers;

export interface HostileSizes {
  /** Of what has an end, after unpacking. */
  readonly bytes: number;
  /** How many tokens of one character. */
  readonly tokens: number;
}

/** A server of Chat Completions on loopback that wants to take its client's memory. */
export interface HostileModel extends AsyncDisposable {
  /** With `/v1`. */
  readonly url: string;
}

export async function startHostileModel(sizes: HostileSizes): Promise<HostileModel> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = (await buffer(request)).toString();
      const name = /"model":"([^"]+)"/.exec(body)?.[1] ?? '';
      if (!(name in hostileAnswers)) return response.writeHead(404).end('{}');
      return await hostileAnswers[name as HostileAnswer](response, sizes);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const sse = { 'content-type': 'text/event-stream' };
const text = { 'content-type': 'text/plain' };

function delta(content: string, field = 'content'): string {
  return `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { [field]: content } }] })}\n\n`;
}

/** Writes the same piece again and again, as fast as it is read, until so much was sent or the client has gone. */
async function pour(
  response: ServerResponse,
  answer: {
    readonly status?: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly opening?: string;
    readonly piece: string;
    readonly bytes?: number;
  },
): Promise<void> {
  const { status = 200, headers, opening = '', piece, bytes = Infinity } = answer;
  response.writeHead(status, headers);
  response.write(opening);
  const gone = once(response, 'close').catch(() => undefined);
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    const hasRoom = response.write(piece);
    await (hasRoom ? turn() : Promise.race([once(response, 'drain').catch(() => undefined), gone]));
  }
  response.end();
}

/** So many bytes without a line's end, packed so often. */
async function packed(bytes: number, times: number): Promise<{ body: Buffer; encoding: string }> {
  const piece = Buffer.alloc(1_000_000, 'x');
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const whole = buffer(gzip);
  gzip.write('data: ');
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (!gzip.write(piece)) await once(gzip, 'drain');
  }
  gzip.end();
  let body = await whole;
  for (let count = 1; count < times; count += 1) body = gzipSync(body);
  return { body, encoding: Array.from({ length: times }, () => 'gzip').join(', ') };
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  { body, encoding }: { readonly body: Buffer; readonly encoding: string },
): void {
  response.writeHead(status, { ...headers, 'content-encoding': encoding });
  response.end(body);
}

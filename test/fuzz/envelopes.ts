import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { rawRequest } from '../support/raw-request.ts';
import { createDice, type Dice } from './dice.ts';
import { checkWireError, startFuzzedServer, type FuzzedServer } from './fuzzed-server.ts';
import type { Fuzzer } from './fuzzer.ts';
import { mutateJson, oddJsonText, randomJson, validCall } from './random-json.ts';

/** tRPC messages over WebSocket and HTTP: what is answered is JSON of the protocol, and never the server's fault. */
export const envelopes: Fuzzer = {
  name: 'envelopes',
  shortSeeds: 200,
  async open() {
    const server = await startFuzzedServer();
    return {
      async play(seed) {
        const dice = createDice('envelopes', seed);
        if (dice.isLucky(0.6)) await talk(server, dice);
        else for (let count = 0; count < 6; count += 1) await ask(server, dice);
        await server.check();
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

function message(dice: Dice, runId: string): string {
  const call = validCall(dice, runId);
  if (dice.isLucky(0.15)) return JSON.stringify(call);
  if (dice.isLucky(0.1)) return oddJsonText(dice, call);
  if (dice.isLucky(0.1)) return JSON.stringify(randomJson(dice));
  if (dice.isLucky(0.05)) return dice.pick(['PING', 'PONG', '', 'null', '[]', '{}', '"', '\ufeff{}']);
  return JSON.stringify(mutateJson(call, dice));
}

/** One connection, some messages, and the answers to them. */
async function talk({ port, runId }: FuzzedServer, dice: Dice): Promise<void> {
  const query = dice.isLucky(0.2) ? '?connectionParams=1' : '';
  const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc${query}`);
  const problems: unknown[] = [];
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    try {
      checkFrame(data.toString());
    } catch (error) {
      problems.push(error);
    }
  });
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  await once(socket, 'open');
  for (let count = 0; count < 20 && socket.readyState === socket.OPEN; count += 1) {
    const text = message(dice, runId);
    socket.send(dice.isLucky(0.05) ? Buffer.from(text) : text);
    if (dice.isLucky(0.2)) await sleep(2);
  }
  // Whatever came before, a call that means something is answered, unless the connection has been closed.
  await Promise.race([answered(socket), closed, late()]);
  socket.terminate();
  if (problems[0] !== undefined) throw problems[0] as Error;
}

function answered(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (data.toString().includes('"last-of-all"')) resolve();
    });
    // An announced handshake, or a caller that was refused, is answered too.
    if (socket.readyState !== socket.OPEN) return;
    socket.send(JSON.stringify({ id: 'last-of-all', method: 'query', params: { path: 'server.info' } }));
  });
}

async function late(): Promise<never> {
  await sleep(15_000, undefined, { ref: false });
  throw new Error('a call was neither answered nor its connection closed');
}

function checkFrame(text: string): void {
  if (text === 'PONG') return;
  const frame = JSON.parse(text) as { readonly error?: unknown };
  if (frame.error !== undefined) checkWireError(frame.error, 'over WebSocket');
}

/** One HTTP request. */
async function ask({ port, runId }: FuzzedServer, dice: Dice): Promise<void> {
  const { params, method } = validCall(dice, runId) as {
    method: string;
    params?: { path: string; input?: never };
  };
  const path = params?.path ?? 'runs.get';
  const given = params?.input ?? {};
  const input = JSON.stringify(dice.isLucky(0.2) ? given : mutateJson(given, dice));
  const body = dice.isLucky(0.1) ? oddJsonText(dice, { input }).slice(0, 100_000) : input;
  const isPost = dice.isLucky(method === 'mutation' ? 0.9 : 0.1);
  const query = new URLSearchParams({ input: body.slice(0, 20_000) });
  if (dice.isLucky(0.2)) query.set('batch', '1');
  if (dice.isLucky(0.1)) query.set('connectionParams', dice.text(30));
  const url = `/trpc/${dice.isLucky(0.1) ? encodeURIComponent(dice.text(10).toWellFormed()) : path}${dice.isLucky(0.1) ? `,${path}` : ''}`;
  const headers: Record<string, string> = {
    'content-type': dice.pick([
      'application/json',
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]),
  };
  if (dice.isLucky(0.1)) headers['last-event-id'] = encodeURIComponent(dice.text(20).toWellFormed());
  const request = isPost
    ? { method: 'POST', path: `${url}${dice.isLucky(0.1) ? '?batch=1' : ''}`, headers, body }
    : { path: `${url}?${query}`, headers: dice.isLucky(0.3) ? headers : {} };
  const answer = await Promise.race([rawRequest(port, request), sleep(400, undefined, { ref: false })]);
  // A subscription of a live run or of the feed goes on.
  if (answer === undefined) return;
  if (answer.status >= 500 && answer.status !== 503)
    throw new Error(`HTTP ${answer.status}: ${answer.body.slice(0, 500)}`);
  if (!String(answer.headers['content-type']).startsWith('application/json')) return;
  const answers = [JSON.parse(answer.body) as unknown].flat();
  for (const one of answers) {
    if (typeof one === 'object' && one !== null && 'error' in one)
      checkWireError(one.error, request.path.slice(0, 300));
  }
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { answerParent } from './process-messages.ts';

/**
 * The baseline: what one would write without Stagewire. The official SDK's loop, a small JSON per token, `ws.send` to
 * whoever listens. No log, no replay, no order to keep. Several sockets of one model make a broadcast; with
 * `?idle` a socket is just there.
 */
const { BENCH_PROVIDER: baseURL = '' } = process.env;
const client = new OpenAI({ apiKey: 'bench', baseURL, maxRetries: 0 });

interface Room {
  readonly sockets: Set<WebSocket>;
  abort: AbortController;
}
const rooms = new Map<string, Room>();

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (socket, request) => {
  socket.on('error', () => undefined);
  const { searchParams } = new URL(request.url ?? '/', 'http://host');
  const model = searchParams.get('model');
  if (model === null) return;
  const room = rooms.get(model) ?? { sockets: new Set(), abort: new AbortController() };
  rooms.set(model, room);
  room.sockets.add(socket);
  socket.on('close', () => room.sockets.delete(socket));
  socket.on('message', (data: Buffer) => {
    room.abort.abort();
    if (data.toString() === 'abort') return;
    room.abort = new AbortController();
    void pipe(model, room, room.abort.signal);
  });
});

async function pipe(model: string, room: Room, signal: AbortSignal): Promise<void> {
  try {
    const messages = [{ role: 'user' as const, content: 'go' }];
    const stream = await client.chat.completions.create({ model, messages, stream: true }, { signal });
    let offset = 0;
    for await (const chunk of stream) {
      const text = chunk.choices[0]?.delta.content;
      if (text === undefined || text === null || text === '') continue;
      const message = Buffer.from(JSON.stringify({ type: 'stage.delta', offset, text }));
      offset += text.length;
      for (const socket of room.sockets) socket.send(message, { binary: false });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

await once(server, 'listening');
answerParent((server.address() as AddressInfo).port, {
  stop() {
    for (const socket of server.clients) socket.terminate();
    server.close();
    return Promise.resolve();
  },
});

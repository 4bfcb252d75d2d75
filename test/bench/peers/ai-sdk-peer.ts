import { setTimeout as sleep } from 'node:timers/promises';
import { openLeanEventStream, type LeanEvent } from './lean-event-stream.ts';
import type { Peer, PeerListener } from './peer.ts';
import { peerFile } from './peer-file.ts';
import { startPeerProcesses } from './peer-processes.ts';
import { openSubscriber, type Connection } from './reconnecting-subscriber.ts';
import { startRedis } from './redis.ts';

export const aiSdkPeer: Peer = {
  name: 'AI SDK + Redis',
  packages: ['ai', 'resumable-stream', 'redis'],
  async start({ provider, folder }) {
    await using opened = new AsyncDisposableStack();
    const redis = opened.use(await startRedis(folder));
    const env = { BENCH_PROVIDER: provider.baseUrl, REDIS_URL: redis.url };
    const processes = opened.use(
      await startPeerProcesses([() => ({ entry: peerFile('ai-sdk-process.mjs'), env })], {
        service: () => redis.usage(),
      }),
    );
    const port = processes.ports[0] ?? 0;
    const kept = opened.move();
    return {
      ...processes,
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
      async begin(model) {
        const first = new HeldResponse();
        // The answer to the request that starts it is its first subscriber's stream.
        const response = await openLeanEventStream(
          {
            port,
            method: 'POST',
            path: `/api/chat/${model}`,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ id: model }),
          },
          (event) => first.take(event),
        );
        const stream = await provider.next(model);
        let isTaken = false;
        return {
          stream,
          follow(listener) {
            const isStarter = !isTaken;
            isTaken = true;
            return openSubscriber((isFirst) => {
              if (!isFirst) return resume(port, model, listener);
              if (!isStarter) return resumeOnceActive(port, model, listener);
              first.handTo((event) => read(event, listener));
              return Promise.resolve<Connection>(response);
            });
          },
          cancel() {
            void fetch(`http://127.0.0.1:${port}/api/chat/${model}/stop`, { method: 'POST' }).catch(
              () => undefined,
            );
            return stream.closed;
          },
          close: () => response.close(),
        };
      },
    };
  },
};

/** Every resumption is a replay from the beginning, for which the SDK's transport drops what it had. */
async function resume(port: number, model: string, listener: PeerListener): Promise<Connection> {
  return openLeanEventStream({ port, path: `/api/chat/${model}/stream` }, (event) => read(event, listener));
}

/** The process notes in Redis that a chat has an active stream only after the provider was called; until then: 204. */
async function resumeOnceActive(port: number, model: string, listener: PeerListener): Promise<Connection> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await resume(port, model, listener);
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(50);
    }
  }
}

function read({ data }: LeanEvent, listener: PeerListener): void {
  if (data === '[DONE]') return;
  const part = JSON.parse(data) as { type: string; delta?: string };
  if (part.type === 'start') listener.restart();
  if (part.type === 'text-delta' && part.delta !== undefined) listener.text(part.delta);
}

/** Keeps what comes before anybody listens. */
class HeldResponse {
  #held: LeanEvent[] = [];
  #reader: ((event: LeanEvent) => void) | undefined;

  take(event: LeanEvent): void {
    if (this.#reader === undefined) this.#held.push(event);
    else this.#reader(event);
  }

  handTo(reader: (event: LeanEvent) => void): void {
    this.#reader = reader;
    for (const event of this.#held) reader(event);
    this.#held = [];
  }
}

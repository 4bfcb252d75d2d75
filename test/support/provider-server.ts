import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import { playScript } from './play-script.ts';
import type { ProviderAnswer, ProviderWire } from './provider-script.ts';
import { scriptOf } from './provider-script.ts';

/** One request as the server saw it. */
export interface SeenRequest {
  readonly wire: ProviderWire | 'models';
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON body; empty for a list of models. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `performance.now()` when the request was there. */
  readonly arrivedAtMs: number;
  /** Deltas written so far, reasoning and text. */
  readonly deltasSent: number;
  /** Resolves when the response is over, by whose doing whatever. */
  readonly closed: Promise<ClosedResponse>;
}

export interface ClosedResponse {
  /** `performance.now()` when the server noticed. */
  readonly atMs: number;
  /** Whether everything had been sent: false if the client closed, or the script broke off. */
  readonly whole: boolean;
}

export type ProviderReply = (request: SeenRequest) => ProviderAnswer | Promise<ProviderAnswer>;

export interface ProviderServerOptions {
  /** What every request gets for which nothing else was said. @default `Hello, world.` */
  readonly answer?: ProviderAnswer | ProviderReply;
  /** The ids that the list of models gives. @default one, `test-model` */
  readonly models?: readonly string[];
}

export interface ProviderServer extends AsyncDisposable {
  /** Without `/v1`. */
  readonly url: string;
  /** The base URL as the SDK of this API wants it. */
  baseUrl(wire: ProviderWire): string;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Everything asked so far, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Resolves with the n-th request, from 1, perhaps one still to come. */
  request(ordinal: number): Promise<SeenRequest>;
  /** The next requests for an answer get these, one each; afterwards it is as before. */
  enqueue(...answers: readonly ProviderAnswer[]): void;
  /** From now on, nobody is told which models there are. */
  holdModels(): void;
  /** From now on, this decides what is answered. */
  onRequest(reply: ProviderReply): void;
}

/**
 * A model provider on a loopback port that speaks all three APIs, byte for byte as far as the SDKs can tell, and
 * fails in every way that is known of the real ones. Disposing of it destroys its sockets.
 */
export async function createProviderServer(options: ProviderServerOptions = {}): Promise<ProviderServer> {
  const { answer = 'Hello, world.', models = ['test-model'] } = options;
  let reply: ProviderReply = typeof answer === 'function' ? answer : () => answer;
  const queue: ProviderAnswer[] = [];
  const requests: SeenRequest[] = [];
  const awaited = new Map<number, PromiseWithResolvers<SeenRequest>>();

  let connections = 0;
  let modelsHeld = false;
  const server = createServer((message, response) => {
    serve(message, response).catch((error: unknown) => {
      // The client has gone, or the script is wrong: the test sees the former as a closed response.
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  // Half a second's silence between two requests of a test must not cost the connection.
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the provider server has no port');
  const url = `http://127.0.0.1:${address.port}`;

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    message.socket.setNoDelay(true);
    const closed = Promise.withResolvers<ClosedResponse>();
    response.once('close', () => {
      closed.resolve({ atMs: performance.now(), whole: response.writableFinished });
    });
    const path = message.url ?? '';
    const wire = wireOf(path);
    if (wire === undefined) {
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":{"message":"no such path"}}');
      return;
    }
    const body = message.method === 'POST' ? ((await json(message)) as Record<string, unknown>) : {};
    const seen = {
      wire,
      path,
      headers: message.headers,
      body,
      arrivedAtMs: performance.now(),
      deltasSent: 0,
      closed: closed.promise,
    };
    requests.push(seen);
    awaited.get(requests.length)?.resolve(seen);
    if (wire === 'models') {
      if (!modelsHeld) listModels(response, models);
      return;
    }
    const next = queue.shift() ?? (await reply(seen));
    await playScript(scriptOf(next), {
      wire,
      model: String(body['model']),
      response,
      onDelta: () => {
        seen.deltasSent += 1;
      },
    });
  }

  return {
    url,
    baseUrl: (wire) => (wire === 'messages' ? url : `${url}/v1`),
    get connections() {
      return connections;
    },
    requests,
    request(ordinal) {
      const seen = requests[ordinal - 1];
      if (seen !== undefined) return Promise.resolve(seen);
      const waiting = awaited.get(ordinal) ?? Promise.withResolvers<SeenRequest>();
      awaited.set(ordinal, waiting);
      return waiting.promise;
    },
    enqueue: (...answers) => {
      queue.push(...answers);
    },
    holdModels() {
      modelsHeld = true;
    },
    onRequest(next) {
      reply = next;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function wireOf(path: string): SeenRequest['wire'] | undefined {
  const { pathname } = new URL(path, 'http://host');
  if (pathname.endsWith('/v1/messages')) return 'messages';
  if (pathname.endsWith('/v1/responses')) return 'responses';
  if (pathname.endsWith('/v1/chat/completions')) return 'chat';
  return pathname.endsWith('/v1/models') ? 'models' : undefined;
}

/** One page that both SDKs can read. */
function listModels(response: ServerResponse, models: readonly string[]): void {
  const data = models.map((id) => ({ id, type: 'model', object: 'model', created: 0, display_name: id }));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ object: 'list', data, has_more: false, first_id: null, last_id: null }));
}

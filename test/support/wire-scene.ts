import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DurableEvent, StartInput } from '@stagewire/shared';
import { allPermissions } from '../../server/identity/principal.ts';
import { startComposedServer } from './composed-server.ts';
import type { WireCase, WireReply, WireRequest } from './wire-case.ts';

export interface WireOutcome {
  readonly events: readonly DurableEvent[];
  /** The requests for an answer, oldest first. */
  readonly requests: readonly WireRequest[];
}

export interface WireScene extends AsyncDisposable {
  play(wireCase: WireCase): Promise<WireOutcome>;
}

export interface WireSceneOptions {
  /** What stands behind the server's address. @default `/v1`, and nothing for Anthropic */
  readonly base?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** As in `startComposedServer`. @default true */
  readonly hasSeparateModels?: boolean;
  /** Answers every request that is not one for a list of models itself. @default by the case's `answer` */
  readonly serve?: (request: IncomingMessage, response: ServerResponse) => void;
}

const principal = {
  actor: { id: 'wire', kind: 'user' },
  owner: 'wire',
  permissions: allPermissions,
} as const;
const endings = new Set(['stage.completed', 'stage.failed', 'stage.interrupted', 'run.failed']);

/** A real server whose providers' SDKs ask a model server on the loopback, which answers as the cases say. */
export async function startWireScene(options: WireSceneOptions = {}): Promise<WireScene> {
  const played = new Map<string, { readonly wireCase: WireCase; readonly requests: WireRequest[] }>();
  const models = createServer((request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'application/json');
      response.end('{"object":"list","data":[]}');
    } else if (options.serve !== undefined) options.serve(request, response);
    else serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    models.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(models.address() as AddressInfo).port}`;

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    message.socket.setNoDelay(true);
    const body = (await json(message)) as Record<string, unknown>;
    const request = { path: message.url ?? '', headers: message.headers, body };
    const of = played.get(String(body['model']));
    if (of === undefined) return void response.writeHead(404).end();
    of.requests.push(request);
    const { answer } = of.wireCase;
    await send(typeof answer === 'function' ? answer(request) : answer, response);
  }

  const { base = '/v1' } = options;
  const server = await startComposedServer({
    // A case must not wait for the rate limit of another.
    hasSeparateModels: options.hasSeparateModels ?? true,
    env: {
      COMPATIBLE_BASE_URL: `${url}${base}`,
      COMPATIBLE_API_KEY: 'wire-key',
      OPENAI_BASE_URL: `${url}${base}`,
      OPENAI_API_KEY: 'wire-key',
      OPENROUTER_BASE_URL: `${url}${base}`,
      OPENROUTER_API_KEY: 'wire-key',
      OLLAMA_BASE_URL: `${url}${base}`,
      ANTHROPIC_BASE_URL: options.base === undefined || base.includes('?') ? url : `${url}${base}`,
      ANTHROPIC_API_KEY: 'wire-key',
      ...options.env,
    },
  });

  return {
    async play(wireCase) {
      const { via = 'compatible', role = 'architect', settings } = wireCase;
      const model = `case-${played.size + 1}`;
      const requests: WireRequest[] = [];
      played.set(model, { wireCase, requests });
      const input: StartInput = {
        task: 'A small queue.',
        models: { default: `${via}/${model}` },
        pipeline: { roles: [role] },
        ...(settings === undefined ? {} : { settings }),
      };
      const { runId } = await server.supervisor.start(input, principal);
      const events = await firstAttempt(server.log, runId);
      const asked = [...requests];
      if (
        !events.some(({ type }) => type.startsWith('run.') && type !== 'run.queued' && type !== 'run.started')
      ) {
        const cancel = { kind: 'cancel', runId, target: 'run', commandId: randomUUID() } as const;
        await server.supervisor.command(cancel, principal).catch(() => undefined);
      }
      return { events, requests: asked };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      models.closeAllConnections();
      models.close();
    },
  };
}

/** Everything up to the end of the first attempt. */
async function firstAttempt(
  log: Awaited<ReturnType<typeof startComposedServer>>['log'],
  runId: string,
): Promise<readonly DurableEvent[]> {
  const ended = Promise.withResolvers<readonly DurableEvent[]>();
  const look = async () => {
    const events = (await log.read(runId, { after: 0, limit: 100_000 })).map(({ event }) => event);
    const at = events.findIndex(({ type }) => endings.has(type));
    if (at >= 0) ended.resolve(events.slice(0, at + 1));
  };
  const stop = log.watch(runId, () => void look());
  await look();
  const events = await ended.promise;
  stop();
  return events;
}

async function send(reply: WireReply, response: ServerResponse): Promise<void> {
  const { status = 200, pieces = 'whole', silentMs = 0 } = reply;
  const type = reply.type ?? (status === 200 ? 'text/event-stream' : 'application/json');
  // A provider that says nothing for a while, on the wire's own time.
  if (silentMs > 0) await sleep(silentMs);
  response.writeHead(status, { ...(type === '' ? {} : { 'content-type': type }), ...reply.headers });
  response.flushHeaders();
  const body = Buffer.from(reply.body as string);
  const step = pieces === 'bytes' ? 1 : pieces === 'halves' ? Math.ceil(body.length / 2) : body.length;
  for (let at = 0; at < body.length; at += step) {
    response.write(body.subarray(at, at + step));
    // The client must see each piece on its own.
    if (step < body.length) await new Promise((resolve) => setImmediate(resolve));
  }
  if (reply.drop === true) {
    // What was written goes out before the connection breaks.
    await sleep(20);
    response.destroy();
  } else response.end();
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  fold,
  formatCursor,
  isTerminal,
  mergeDeltas,
  parseCursor,
  type StagewireError,
  type DurableEvent,
  type EventBody,
  type FeedEvent,
  type Receipt,
  type RunEvent,
  type RunState,
} from '@stagewire/shared';
import { contract } from '@stagewire/shared/contract';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { initTRPC, tracked, TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocketServer } from 'ws';
import { formatWireError } from '../../server/api/wire-error.ts';
import { cut, sse, streamHello } from './stream-hello.ts';
import { createRunScript, type RunScript } from './run-script.ts';

export interface ContractServerOptions {
  /** Up to how many neighbouring deltas go out as one, drawn anew for each message. @default () => 1 */
  readonly mergeUpTo?: () => number;
  /** How many events before its cursor a follower that comes back gets again. @default () => 0 */
  readonly rewind?: () => number;
  readonly port?: number;
}

/** A call that was executed, in order. */
export interface Executed {
  readonly path: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** One run as this server has it: a script of events and all that it has said. */
export interface ServedRun {
  readonly script: RunScript;
  readonly events: DurableEvent[];
  add(...bodies: readonly EventBody[]): void;
  say(...texts: readonly string[]): void;
  think(...texts: readonly string[]): void;
  complete(): void;
}

/**
 * A server that speaks the contract over a real socket and does only what a test says: it injects the faults that a
 * client must survive. Everything is in memory.
 */
export interface ContractServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly executed: readonly Executed[];
  /** What followers asked for, in order: `lastEventId` of each subscription. */
  readonly resumes: readonly (string | undefined)[];
  /** What each socket, and each event stream, said of itself when it connected. */
  readonly hellos: readonly (Readonly<Record<string, string | undefined>> | null)[];
  /** Sockets and event streams. */
  readonly sockets: number;
  /** Subscriptions to a run that are open just now. */
  readonly followers: number;
  run(runId: string): ServedRun;
  /** An event that is not in the log, for whoever follows the run. */
  fillGap(runId: string, body: Record<string, unknown>): void;
  dropSockets(): void;
  closeSockets(code: number, reason: string): void;
  /** The next so many calls are executed, and then the connection is cut instead of a reply. */
  swallowReplies(count: number): void;
  /** The next request over HTTP gets this instead of an answer. */
  answerNext(status: number, body: string, contentType?: string): void;
  /** The next call or subscription of this path is refused. */
  refuseNext(path: string, error: StagewireError): void;
}

interface Context {
  readonly request: IncomingMessage;
}

export async function startContractServer(options: ContractServerOptions = {}): Promise<ContractServer> {
  const { mergeUpTo = () => 1, rewind = () => 0 } = options;
  const runs = new Map<string, ServedRun>();
  const receipts = new Map<string, Receipt>();
  const order: DurableEvent[] = [];
  const executed: Executed[] = [];
  const resumes: (string | undefined)[] = [];
  const hellos: (Readonly<Record<string, string | undefined>> | null)[] = [];
  const refusals = new Map<string, StagewireError>();
  const answers: { status: number; body: string; contentType: string }[] = [];
  const fillers = new Set<(runId: string, body: Record<string, unknown>) => void>();
  let swallow = 0;
  let changed = Promise.withResolvers<void>();

  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const t = initTRPC.context<Context>().create({ errorFormatter: formatWireError, isDev: false, sse });
  const procedure = t.procedure.use(({ path, next }) => {
    const error = refusals.get(path);
    refusals.delete(path);
    if (error !== undefined)
      throw new TRPCError({ code: 'BAD_REQUEST', message: error.message, cause: error });
    return next();
  });
  const mutation = procedure.use(async ({ path, ctx, getRawInput, next }) => {
    const result = await next();
    if (!result.ok) return result;
    executed.push({ path, input: (await getRawInput()) as Record<string, unknown> });
    if (swallow > 0) {
      swallow -= 1;
      ctx.request.socket.destroy();
    }
    return result;
  });

  const served = (runId: string): ServedRun => {
    const run = runs.get(runId);
    if (run !== undefined) return run;
    throw new TRPCError({ code: 'NOT_FOUND', cause: wireErrors.RUN_NOT_FOUND(runId) });
  };
  const stateOf = (run: ServedRun): RunState => {
    const state = run.events.reduce<RunState | undefined>(fold, undefined);
    if (state === undefined) throw new Error('a run has at least one event');
    return state;
  };
  const cursorAt = (run: ServedRun, seq: number): string => {
    const recoveries = run.events.slice(0, seq).filter((event) => event.type === 'run.recovered').length;
    return formatCursor(run.script.runId, { epoch: recoveries + 1, seq, at: run.events[seq - 1]?.at ?? '' });
  };
  const accept = (
    kind: 'steer' | 'redirect' | 'cancel',
    input: { runId: string; commandId: string },
  ): Receipt => {
    const known = receipts.get(input.commandId);
    if (known !== undefined) return known;
    const run = served(input.runId);
    if (isTerminal(run.events.at(-1) as DurableEvent)) {
      throw new TRPCError({ code: 'CONFLICT', cause: wireErrors.RUN_ENDED('completed') });
    }
    const actor = { id: 'local', kind: 'anonymous' } as const;
    const command = { ...input, kind } as never;
    run.add({ type: 'command.accepted', commandId: input.commandId, actor, command, target: null });
    const receipt = { commandId: input.commandId, cursor: cursorAt(run, run.script.seq), target: null };
    receipts.set(input.commandId, receipt);
    return receipt;
  };
  const make = (runId: string): ServedRun => {
    const script = createRunScript(runId);
    const events: DurableEvent[] = [];
    const push = ({ events: more }: { events: readonly DurableEvent[] }) => {
      events.push(...more);
      order.push(...more);
      tell();
    };
    const run: ServedRun = {
      script,
      events,
      add: (...bodies) => push(script.next(...bodies)),
      say: (...texts) => push(script.deltas(...texts)),
      think: (...texts) => push(script.reasoning(...texts)),
      complete: () => push(script.complete()),
    };
    runs.set(runId, run);
    push(script.begin());
    return run;
  };

  async function* follow(
    input: { runId: string; lastEventId?: string | null | undefined },
    signal: AbortSignal,
  ) {
    const run = served(input.runId);
    const cursor = input.lastEventId ?? undefined;
    resumes.push(cursor);
    const aborted = once(signal, 'abort');
    let position = 0;
    if (cursor !== undefined) {
      const at = parseCursor(cursor);
      if (at === undefined || cursorAt(run, at.seq) !== cursor || at.seq > run.events.length) {
        throw new TRPCError({
          code: 'BAD_REQUEST',
          cause: wireErrors.CURSOR_INVALID.run(),
        });
      }
      if (at.seq === run.events.length && isTerminal(run.events.at(-1) as DurableEvent)) return;
      position = Math.max(0, at.seq - rewind());
    }
    const gaps: RunEvent[] = [];
    const fill = (runId: string, body: Record<string, unknown>) => {
      if (runId !== input.runId) return;
      gaps.push({ ...body, runId, seq: position, at: new Date(0).toISOString() } as RunEvent);
      tell();
    };
    fillers.add(fill);
    try {
      while (!signal.aborted) {
        const waits = changed.promise;
        for (const gap of gaps.splice(0)) yield tracked(cursorAt(run, position), { ...gap, seq: position });
        while (position < run.events.length && !signal.aborted) {
          let event = run.events[position] as DurableEvent;
          const most = mergeUpTo();
          for (let count = 1; count < most; count += 1) {
            const merged = mergeDeltas(event, run.events[event.seq] ?? { type: 'none' });
            if (merged === undefined) break;
            event = merged;
          }
          position = event.seq;
          yield tracked(cursorAt(run, position), event as RunEvent);
          if (isTerminal(event)) return;
        }
        await Promise.race([waits, aborted]);
      }
    } finally {
      fillers.delete(fill);
    }
  }

  async function* feed(input: { lastEventId?: string | null | undefined }, signal: AbortSignal) {
    resumes.push(input.lastEventId ?? undefined);
    const aborted = once(signal, 'abort');
    let position = order.length;
    const at = new Date(0).toISOString();
    if (input.lastEventId) position = Math.max(0, Number(input.lastEventId) - rewind());
    else yield tracked(String(position), { type: 'feed.opened', at, cursor: String(position) });
    while (!signal.aborted) {
      const waits = changed.promise;
      while (position < order.length && !signal.aborted) {
        position += 1;
        yield tracked(String(position), order[position - 1] as FeedEvent);
      }
      await Promise.race([waits, aborted]);
    }
  }

  const c = contract;
  const router = t.router({
    server: t.router({ info: procedure.query(() => ({ now: new Date().toISOString(), you: null })) }),
    runs: t.router({
      start: mutation.input(c['runs.start'].input).mutation(({ input }) => {
        const runId = input.runId ?? 'run_made-by-server';
        const run = runs.get(runId) ?? make(runId);
        return { runId, cursor: cursorAt(run, 1) };
      }),
      steer: mutation.input(c['runs.steer'].input).mutation(({ input }) => accept('steer', input)),
      redirect: mutation.input(c['runs.redirect'].input).mutation(({ input }) => accept('redirect', input)),
      cancel: mutation.input(c['runs.cancel'].input).mutation(({ input }) => accept('cancel', input)),
      get: procedure.input(c['runs.get'].input).query(({ input }) => stateOf(served(input.runId))),
      list: procedure
        .input(c['runs.list'].input)
        .query(() => ({ items: [], feedCursor: String(order.length) })),
      events: procedure
        .input(c['runs.events'].input)
        .subscription(({ input, signal }) => follow(input, signal ?? new AbortController().signal)),
      feed: procedure
        .input(c['runs.feed'].input)
        .subscription(({ input, signal }) => feed(input, signal ?? new AbortController().signal)),
    }),
  });

  const createContext = ({ req }: { req: IncomingMessage }): Context => ({ request: req });
  const handle = createHTTPHandler({ router, basePath: '/trpc/', createContext });
  const streams = new Set<ServerResponse>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const hello = streamHello(request);
    if (hello !== undefined) {
      hellos.push(hello);
      streams.add(response);
      response.once('close', () => streams.delete(response));
    }
    const answer = hello === undefined ? answers.shift() : undefined;
    if (answer === undefined) return handle(request, response);
    response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
  });
  const wss = new WebSocketServer({ server });
  applyWSSHandler({
    wss,
    router,
    createContext: ({ req, info }) => {
      hellos.push(info.connectionParams);
      return { request: req };
    },
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    executed,
    resumes,
    hellos,
    get followers() {
      return fillers.size;
    },
    get sockets() {
      return wss.clients.size + streams.size;
    },
    run: (runId) => runs.get(runId) ?? make(runId),
    fillGap: (runId, body) => fillers.forEach((fill) => fill(runId, body)),
    dropSockets: () => [...wss.clients, ...streams].forEach((it) => cut(it)),
    closeSockets: (code, reason) => wss.clients.forEach((socket) => socket.close(code, reason)),
    swallowReplies: (count) => void (swallow = count),
    answerNext: (status, body, contentType = 'text/html') => void answers.push({ status, body, contentType }),
    refuseNext: (path, error) => void refusals.set(path, error),
    async [Symbol.asyncDispose]() {
      wss.clients.forEach((socket) => socket.terminate());
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

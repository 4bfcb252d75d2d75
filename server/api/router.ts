import type { FeedEvent, RunEvent, ServerInfo } from '@stagewire/shared';
import { contract } from '@stagewire/shared/contract';
import { initTRPC } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { z } from 'zod';
import type { KeyService } from '../identity/keys/key-service.ts';
import { assertImplementsContract } from './assert-implements-contract.ts';
import { bytesOfAnswer } from './answer-bytes.ts';
import { authorize } from './authorize.ts';
import type { Context, ChargeAnswer } from './context.ts';
import { infoFor, shownIdentity } from './info-for.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions } from './subscriptions.ts';
import { listPage } from './list-page.ts';
import { rejectProtoKey } from './proto-key.ts';
import { formatWireError } from './wire-error.ts';

export interface RouterOptions extends SubscriptionsOptions {
  /** Returns the answer of `server.info` apart from the caller; called for each request. */
  readonly info: () => Omit<ServerInfo, 'you'>;
  /** Interval of `ping` on an event stream over HTTP: below the idle timeout of proxies. @default 15000 */
  readonly ssePingMs?: number;
  /** Administers access keys. @default there are none */
  readonly keys?: KeyService | undefined;
}

export type StagewireRouter = ReturnType<typeof createRouter>;

/**
 * The procedures of the protocol. Plain JSON without a transformer: bots in any language can use it, and a
 * yielded event remains the same object up to the socket, so that its subscribers share its serialized text.
 */
export function createRouter(options: RouterOptions) {
  const { runs, log, info, ssePingMs = 15_000 } = options;
  const subscriptions = createSubscriptions(options);
  const t = initTRPC.context<Context>().create({
    isDev: false,
    errorFormatter: formatWireError,
    sse: {
      ping: { enabled: true, intervalMs: ssePingMs },
      client: { reconnectAfterInactivityMs: ssePingMs * 3 },
    },
  });

  /** For everyone, also without an identity. */
  const openProcedure = t.procedure.use(async ({ ctx, next, getRawInput }) => {
    rejectProtoKey(await getRawInput());
    return ctx.connection.answer(() => next());
  });

  const procedure = t.procedure.use(async ({ ctx, next, path, type, getRawInput }) => {
    const { identity, connection } = ctx;
    const raw = await getRawInput();
    rejectProtoKey(raw);
    const principal = authorize(identity.caller, path, raw);
    if (type === 'subscription') return next({ ctx: { principal, charge: chargeNothing } });
    return connection.answer((charge) => next({ ctx: { principal, charge } }));
  });

  /** A call whose answer may be as long as a run: charges about the size of its events. */
  async function ofRun<Answer>(
    { runId }: { readonly runId: string },
    ctx: { readonly charge: ChargeAnswer },
    make: () => Promise<Answer>,
  ): Promise<Answer> {
    const head = await log.head(runId);
    const expectedBytes =
      head !== undefined && 'bytes' in head ? head.bytes * memoryBytesPerLogByte + answerFrameBytes : 0;
    return withCharge(ctx, expectedBytes, make);
  }

  /** @throws StagewireError UNKNOWN_PROCEDURE on a server without access keys */
  function keysOr(path: string): KeyService {
    if (options.keys === undefined) throw wireErrors.UNKNOWN_PROCEDURE.procedure(path);
    return options.keys;
  }

  const router = t.router({
    runs: t.router({
      start: procedure
        .input(contract['runs.start'].input)
        .mutation(({ input, ctx }) => runs.start(input, ctx.principal)),
      events: procedure
        .input(contract['runs.events'].input)
        .output(streamOf<RunEvent>())
        .subscription(({ input, ctx, signal }) => subscriptions.run(input, ctx, signal)),
      feed: procedure
        .input(contract['runs.feed'].input)
        .output(streamOf<FeedEvent>())
        .subscription(({ input, ctx, signal }) => subscriptions.feed(input, ctx, signal)),
      steer: procedure
        .input(contract['runs.steer'].input)
        .mutation(({ input, ctx }) => runs.command({ ...input, kind: 'steer' }, ctx.principal)),
      redirect: procedure
        .input(contract['runs.redirect'].input)
        .mutation(({ input, ctx }) => runs.command({ ...input, kind: 'redirect' }, ctx.principal)),
      cancel: procedure
        .input(contract['runs.cancel'].input)
        .mutation(({ input, ctx }) => runs.command({ ...input, kind: 'cancel' }, ctx.principal)),
      delete: procedure
        .input(contract['runs.delete'].input)
        .mutation(({ input, ctx }) => runs.delete(input.runId, ctx.principal)),
      get: procedure
        .input(contract['runs.get'].input)
        .query(({ input, ctx }) => ofRun(input, ctx, () => runs.state(input.runId, ctx.principal))),
      files: procedure
        .input(contract['runs.files'].input)
        .query(({ input, ctx }) => ofRun(input, ctx, () => runs.files(input, ctx.principal))),
      prompt: procedure
        .input(contract['runs.prompt'].input)
        .query(({ input, ctx }) => ofRun(input, ctx, () => runs.prompt(input, ctx.principal))),
      list: procedure.input(contract['runs.list'].input).query(async ({ input, ctx }) => {
        // Pages are long as well, and a batch may request 64 of them.
        return withCharge(ctx, input.limit * summaryBytes, async () => {
          // Read before the page: an event committed in between then comes twice, by page and by feed, rather
          // than never.
          const feedCursor = await subscriptions.feedCursor();
          return { ...(await listPage(log, input, ctx.principal.owner)), feedCursor };
        });
      }),
    }),
    keys: t.router({
      create: procedure
        .input(contract['keys.create'].input)
        .mutation(({ input, path }) => keysOr(path).create(input)),
      list: procedure.input(contract['keys.list'].input).query(({ path }) => keysOr(path).list()),
      revoke: procedure
        .input(contract['keys.revoke'].input)
        .mutation(({ input, path }) => keysOr(path).revoke(input.id)),
    }),
    session: t.router({
      refresh: procedure
        .input(contract['session.refresh'].input)
        .mutation(async ({ input, ctx }) => shownIdentity(await ctx.identity.refresh(input.token))),
    }),
    server: t.router({
      info: openProcedure
        .input(contract['server.info'].input)
        .query(({ ctx }) => infoFor(ctx.identity.caller, info())),
    }),
  });
  assertImplementsContract(router);
  return router;
}

/** A byte of the log is in memory both as JSON and as the values behind it. */
const memoryBytesPerLogByte = 2;
/** Estimated size of an answer apart from the texts of its run. */
const answerFrameBytes = 64 * 1024;

/** Usual maximum size of a run summary in an answer. */
const summaryBytes = 1024;

/** Charges the estimated memory before an answer is created, and the actual memory before it is sent. */
async function withCharge<Answer>(
  { charge }: { readonly charge: ChargeAnswer },
  expectedBytes: number,
  make: () => Promise<Answer>,
): Promise<Answer> {
  await charge(expectedBytes);
  const answer = await make();
  await charge(Math.max(0, bytesOfAnswer(answer) - expectedBytes));
  return answer;
}

/** Subscriptions have backpressure instead. */
const chargeNothing: ChargeAnswer = () => Promise.resolve();

/** Types the output of a subscription without validating it: every event was validated when it was appended. */
function streamOf<E>() {
  return z.custom<AsyncIterable<TrackedEnvelope<E>, void, unknown>>();
}

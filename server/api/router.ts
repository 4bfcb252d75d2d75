import type { FeedEvent, RunEvent, ServerInfo } from '@stagewire/shared';
import { contract } from '@stagewire/shared/contract';
import { initTRPC } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';
import { z } from 'zod';
import { assertImplementsContract } from './assert-implements-contract.ts';
import { bytesOfAnswer } from './answer-bytes.ts';
import type { Context, HoldAnswer } from './context.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions } from './subscriptions.ts';
import { listPage } from './list-page.ts';
import { refuseProtoKey } from './proto-key.ts';
import { formatWireError } from './wire-error.ts';

export interface RouterOptions extends SubscriptionsOptions {
  /** What `server.info` answers, asked each time. */
  readonly info: () => ServerInfo;
  /** How often an event stream over HTTP gets a `ping`: below what proxies bear in silence. @default 15000 */
  readonly ssePingMs?: number;
}

export type StagewireRouter = ReturnType<typeof createRouter>;

/**
 * The procedures of the protocol. Plain JSON, no transformer: a bot in any language can speak it, and an event that
 * is yielded stays the same object all the way to the socket, so that its followers share its serialized text.
 */
export function createRouter(options: RouterOptions) {
  const { runs, log, info, ssePingMs = 15_000 } = options;
  const following = createSubscriptions(options);
  const t = initTRPC.context<Context>().create({
    isDev: false,
    errorFormatter: formatWireError,
    sse: {
      ping: { enabled: true, intervalMs: ssePingMs },
      client: { reconnectAfterInactivityMs: ssePingMs * 3 },
    },
  });

  const procedure = t.procedure.use(async ({ ctx, next, type, getRawInput }) => {
    const { caller, connection } = ctx;
    if (caller.status === 'refused') throw caller.error;
    refuseProtoKey(await getRawInput());
    const { principal } = caller;
    if (type === 'subscription') return next({ ctx: { principal, hold: holdNothing } });
    return connection.answer((hold) => next({ ctx: { principal, hold } }));
  });

  /** An answer that may be as long as a run, and about as long as its events. */
  async function ofRun<Answer>(
    { runId }: { readonly runId: string },
    ctx: { readonly hold: HoldAnswer },
    make: () => Promise<Answer>,
  ): Promise<Answer> {
    const head = await log.head(runId);
    const expectedBytes =
      head !== undefined && 'bytes' in head ? head.bytes * heldPerByte + answerFrameBytes : 0;
    return holding(ctx, expectedBytes, make);
  }

  const router = t.router({
    runs: t.router({
      start: procedure
        .input(contract['runs.start'].input)
        .mutation(({ input, ctx }) => runs.start(input, ctx.principal)),
      events: procedure
        .input(contract['runs.events'].input)
        .output(streamOf<RunEvent>())
        .subscription(({ input, ctx, signal }) => following.run(input, ctx, signal)),
      feed: procedure
        .input(contract['runs.feed'].input)
        .output(streamOf<FeedEvent>())
        .subscription(({ input, ctx, signal }) => following.feed(input, ctx, signal)),
      steer: procedure
        .input(contract['runs.steer'].input)
        .mutation(({ input, ctx }) => runs.command({ ...input, kind: 'steer' }, ctx.principal)),
      redirect: procedure
        .input(contract['runs.redirect'].input)
        .mutation(({ input, ctx }) => runs.command({ ...input, kind: 'redirect' }, ctx.principal)),
      cancel: procedure
        .input(contract['runs.cancel'].input)
        .mutation(({ input, ctx }) => runs.command({ ...input, kind: 'cancel' }, ctx.principal)),
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
        // Pages are long too, and a batch may ask for 64 of them.
        return holding(ctx, input.limit * summaryBytes, async () => {
          // Before the page: what is committed in between comes twice, by page and by feed, rather than never.
          const feedCursor = await following.feedCursor();
          return { ...(await listPage(log, input, ctx.principal.owner)), feedCursor };
        });
      }),
    }),
    server: t.router({
      info: procedure.input(contract['server.info'].input).query(() => info()),
    }),
  });
  assertImplementsContract(router);
  return router;
}

/** A byte of the log is held as JSON and as what the JSON is made of. */
const heldPerByte = 2;
/** What an answer has beside the texts of its run. */
const answerFrameBytes = 64 * 1024;

/** What a summary of a run usually takes at most in an answer. */
const summaryBytes = 1024;

/** Before an answer is made there must be room for about what it takes, and before it is sent for what it really takes. */
async function holding<Answer>(
  { hold }: { readonly hold: HoldAnswer },
  expectedBytes: number,
  make: () => Promise<Answer>,
): Promise<Answer> {
  await hold(expectedBytes);
  const answer = await make();
  await hold(Math.max(0, bytesOfAnswer(answer) - expectedBytes));
  return answer;
}

/** Subscriptions are paced by their reader. */
const holdNothing: HoldAnswer = () => Promise.resolve();

/** Types what a subscription yields without looking at it: every event was validated when it was appended. */
function streamOf<E>() {
  return z.custom<AsyncIterable<TrackedEnvelope<E>, void, unknown>>();
}

import type { FeedEvent, ModelList, RunEvent, ServerInfo } from '@stagewire/shared';
import { contract, type ProcedurePath } from '@stagewire/shared/contract';
import { initTRPC } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { z } from 'zod';
import type { AuditTrail } from '../identity/audit-trail.ts';
import type { KeyService } from '../identity/keys/key-service.ts';
import type { LinkRef } from '../identity/links/link-text.ts';
import type { Principal } from '../identity/principal.ts';
import type { Logger } from '../runtime/logger.ts';
import { assertImplementsContract } from './assert-implements-contract.ts';
import { bytesOfAnswer } from './answer-bytes.ts';
import { auditPage } from './audit-page.ts';
import { authorize } from './authorize.ts';
import type { Context, ChargeAnswer } from './context.ts';
import { infoFor, shownIdentity, type QuotasOf } from './info-for.ts';
import { exportTraces } from './export-traces.ts';
import type { ExportRuns } from '../telemetry/export-runs.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { SubscriptionsOptions } from './subscriptions.ts';
import { createRunAccess } from './run-access.ts';
import { listPage } from './list-page.ts';
import { shareRun } from './share-run.ts';
import { rejectProtoKey } from './proto-key.ts';
import { formatWireError } from './wire-error.ts';

export interface RouterOptions extends Omit<SubscriptionsOptions, 'access'> {
  /** Returns the answer of `server.info` apart from the caller; called for each request. */
  readonly info: () => Omit<ServerInfo, 'you'>;
  /** The limits of an owner and what is used of them. @default there are none */
  readonly quotas?: QuotasOf | undefined;
  /** The answer of `models.list`. @default no provider */
  readonly listModels?: () => Promise<ModelList>;
  /** Interval of `ping` on an event stream over HTTP: below the idle timeout of proxies. @default 5000 */
  readonly ssePingMs?: number;
  /** The URL of a link to a run, with its token. @default links cannot be created */
  readonly linkUrl?: ((link: LinkRef) => string) | undefined;
  /** Gets the audit log. @default logs nothing */
  readonly logger?: Logger;
  /** Keeps the audit records as well. @default they are in the audit log only */
  readonly auditTrail?: AuditTrail | undefined;
  /** Exports the traces of earlier runs. @default there is no receiver */
  readonly exportRuns?: ExportRuns | undefined;
  /** Administers access keys. @default there are none */
  readonly keys?: KeyService | undefined;
}

export type StagewireRouter = ReturnType<typeof createRouter>;

/**
 * The procedures of the protocol. Plain JSON without a transformer: bots in any language can use it, and a
 * yielded event remains the same object up to the socket, so that its subscribers share its serialized text.
 */
export function createRouter(options: RouterOptions) {
  const { runs, log, info, limits, listModels = listNoModels, ssePingMs = 5000 } = options;
  const access = createRunAccess(options);
  const subscriptions = createSubscriptions({ ...options, access });
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
    const principal = authorize(identity.caller, path as ProcedurePath, raw);
    if (type === 'mutation' && !uncountedMutations.has(path)) {
      // It ends what costs, so it is only counted.
      limits?.countCommand(principal.owner, { isNeverRefused: path === 'runs.cancel' });
    }
    if (type === 'subscription') return next({ ctx: { principal, charge: chargeNothing } });
    return connection.answer((charge) => next({ ctx: { principal, charge } }));
  });

  /** A call whose answer may be as long as a run: charges about the size of its events. */
  async function ofRun<Answer>(
    call: RunCall & { readonly ctx: { readonly charge: ChargeAnswer } },
    make: () => Promise<Answer>,
  ): Promise<Answer> {
    // Before the charge: one that is rejected would reveal the run to others.
    const { runId } = await accessed(call);
    const head = await log.head(runId);
    const hasSize = head !== undefined && 'bytes' in head;
    const expectedBytes = hasSize ? head.bytes * memoryBytesPerLogByte + answerFrameBytes : 0;
    return withCharge(call.ctx, expectedBytes, make);
  }

  /** The input of a call, if its caller can access the run. @throws StagewireError RUN_NOT_FOUND */
  async function accessed<Input extends { readonly runId: string }>({ input, ctx, path }: RunCall<Input>) {
    await access.requireRun({ principal: ctx.principal, procedure: path }, input.runId);
    return input;
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
        .mutation(async ({ input, ctx: { principal }, path: procedure }) => {
          const call = { principal, procedure };
          if (input.from !== undefined) await access.auditSource(call, input.from.runId);
          const receipt = await runs.start(input, principal);
          if (input.owner !== undefined) access.auditStart(call, { ...receipt, owner: input.owner });
          return receipt;
        }),
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
        .mutation(async (call) =>
          runs.command({ ...(await accessed(call)), kind: 'steer' }, call.ctx.principal),
        ),
      redirect: procedure
        .input(contract['runs.redirect'].input)
        .mutation(async (call) =>
          runs.command({ ...(await accessed(call)), kind: 'redirect' }, call.ctx.principal),
        ),
      cancel: procedure
        .input(contract['runs.cancel'].input)
        .mutation(async (call) =>
          runs.command({ ...(await accessed(call)), kind: 'cancel' }, call.ctx.principal),
        ),
      share: procedure
        .input(contract['runs.share'].input)
        .mutation(async (call) =>
          shareRun(await accessed(call), { ...options, principal: call.ctx.principal }),
        ),
      unshare: procedure
        .input(contract['runs.unshare'].input)
        .mutation(async (call) =>
          runs.command({ ...(await accessed(call)), kind: 'unshare' }, call.ctx.principal),
        ),
      delete: procedure
        .input(contract['runs.delete'].input)
        .mutation(async (call) => runs.delete((await accessed(call)).runId, call.ctx.principal)),
      get: procedure
        .input(contract['runs.get'].input)
        .query((call) => ofRun(call, () => runs.state(call.input.runId, call.ctx.principal))),
      files: procedure
        .input(contract['runs.files'].input)
        .query((call) => ofRun(call, () => runs.files(call.input, call.ctx.principal))),
      prompt: procedure
        .input(contract['runs.prompt'].input)
        .query((call) => ofRun(call, () => runs.prompt(call.input, call.ctx.principal))),
      list: procedure.input(contract['runs.list'].input).query(async ({ input, ctx, path, signal }) => {
        const owners = access.requireOwners({ principal: ctx.principal, procedure: path }, input.owner);
        // Pages are long as well, and a batch may request 64 of them.
        return withCharge(ctx, input.limit * summaryBytes, async () => {
          // Read before the page: an event committed in between then comes twice, by page and by feed, rather
          // than never.
          const feedCursor = await subscriptions.feedCursor();
          return { ...(await listPage(log, input, { owners, signal })), feedCursor };
        });
      }),
    }),
    models: t.router({
      list: procedure
        .input(contract['models.list'].input)
        .query(({ ctx }) => withCharge(ctx, answerFrameBytes, listModels)),
    }),
    keys: t.router({
      create: procedure
        .input(contract['keys.create'].input)
        .mutation(({ input, ctx, path }) => keysOr(path).create(input, ctx.principal.actor)),
      list: procedure.input(contract['keys.list'].input).query(({ path }) => keysOr(path).list()),
      revoke: procedure
        .input(contract['keys.revoke'].input)
        .mutation(({ input, ctx, path }) => keysOr(path).revoke(input.id, ctx.principal.actor)),
    }),
    traces: t.router({
      export: procedure
        .input(contract['traces.export'].input)
        .mutation(({ input, signal }) => exportTraces(input, { exportRuns: options.exportRuns, signal })),
    }),
    audit: t.router({
      list: procedure.input(contract['audit.list'].input).query(({ input, ctx, path }) => {
        if (input.after === undefined) {
          access.auditReading({ principal: ctx.principal, procedure: path }, input.owner);
        }
        return withCharge(ctx, input.limit * summaryBytes, () => auditPage(input, options));
      }),
    }),
    session: t.router({
      refresh: procedure
        .input(contract['session.refresh'].input)
        .mutation(async ({ input, ctx }) => shownIdentity(await ctx.identity.refresh(input.token))),
    }),
    server: t.router({
      info: openProcedure
        .input(contract['server.info'].input)
        .query(async ({ ctx: { identity } }) => infoFor(identity.caller, info(), options.quotas)),
    }),
  });
  assertImplementsContract(router);
  return router;
}

/** Starts have limits of their own, and a session that cannot be refreshed would end. */
const uncountedMutations: ReadonlySet<string> = new Set(['runs.start', 'session.refresh']);

/** A call for one run. */
interface RunCall<Input extends { readonly runId: string } = { readonly runId: string }> {
  readonly input: Input;
  readonly ctx: { readonly principal: Principal };
  readonly path: string;
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

const listNoModels = (): Promise<ModelList> => Promise.resolve({ providers: [] });

/** Subscriptions have backpressure instead. */
const chargeNothing: ChargeAnswer = () => Promise.resolve();

/** Types the output of a subscription without validating it: every event was validated when it was appended. */
function streamOf<E>() {
  return z.custom<AsyncIterable<TrackedEnvelope<E>, void, unknown>>();
}

import { fold, isDelta, type RunState, type StartReceipt } from '@stagewire/shared';
import { StartInput } from '@stagewire/shared/commands';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { EventLog } from '../log/event-log.ts';
import type { SubscriberMeter } from '../delivery/subscriber-meter.ts';
import { subscribeToRun } from '../delivery/subscribe-to-run.ts';
import type { Tails } from '../delivery/tails.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import type { OwnerLimits } from '../limits/owner-limits.ts';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import type { RunService } from '../runs/run-service.ts';
import { requireRightToCall, type Principal } from '../identity/principal.ts';
import { AccessCheck, type SubscriptionHolder } from '../api/access-check.ts';
import { bytesOfAnswer } from '../api/answer-bytes.ts';
import { startOfStream } from '../api/cursor-check.ts';
import { createRunAccess } from '../api/run-access.ts';
import type { AuditTrail } from '../identity/audit-trail.ts';
import type { Logger } from '../runtime/logger.ts';
import { legacyEvents, type LegacyEvent } from './legacy-events.ts';

export interface LegacyStreamsOptions {
  readonly runs: RunService;
  readonly log: EventLog;
  readonly tails: Tails;
  readonly heartbeatMs: number;
  readonly account: MemoryAccount;
  /** Gets the audit log. @default logs nothing */
  readonly logger?: Logger;
  /** @default nothing is limited */
  readonly limits?: Pick<OwnerLimits, 'holdSubscription'> | undefined;
  /** Counts streams and their events. @default counts nothing */
  readonly meter?: SubscriberMeter | undefined;
  /** Keeps the audit records as well. @default they are in the audit log only */
  readonly auditTrail?: AuditTrail | undefined;
}

/** Events that belong together: a client that has received all of them may resume with this cursor. */
export interface LegacyFrame {
  readonly cursor: string;
  readonly events: readonly LegacyEvent[];
}

/** The two routes of the legacy API, over the same runs and the same log. A stream's id is its run's. */
export interface LegacyStreams {
  /** @throws TRPCError for an invalid body; StagewireError as `runs.start` does. */
  start(body: unknown, principal: Principal): Promise<StartReceipt & { readonly task: string }>;
  /**
   * The stream's events after a cursor; `undefined` if none follow, because the run has ended.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, CURSOR_INVALID, OVERLOADED; while it lasts also FORBIDDEN.
   */
  events(
    stream: { readonly runId: string; readonly lastEventId: string | undefined },
    options: SubscriptionHolder & { readonly signal: AbortSignal },
  ): Promise<AsyncGenerator<LegacyFrame, void, void> | undefined>;
}

/** What a stream needs in addition to its events. */
interface StreamParts {
  /** The state of the run before its first event. */
  readonly before: RunState | undefined;
  readonly charge: MemoryCharge;
  /** Whether the caller may have the next event. */
  readonly accessCheck: AccessCheck;
}

const TaskBody = z.object({
  task: StartInput.shape.task.unwrap(),
  // zod's record would drop a key `__proto__`.
  context: z.custom<Readonly<Record<string, unknown>>>(isObject, 'must be an object').default({}),
});

const entriesPerPage = 1000;
const pageBytes = 2_000_000;

/** Growth of a stream's state is charged in steps, so that a token costs only an addition. */
const stepBytes = 256 * 1024;

export function createLegacyStreams(options: LegacyStreamsOptions): LegacyStreams {
  const { runs, log, tails, heartbeatMs, account, meter } = options;
  const access = createRunAccess(options);
  const limitBytes = account.report().answers.limitBytes;
  const inTurn = createSerialQueue({ turnOf: tails.clock }).post;
  const loading = new Map<string, Promise<RunState | undefined>>();
  let last: Promise<unknown> = Promise.resolve();

  /** Reads one page per turn of the event loop: a long run would block it for a third of a second. */
  async function stateAt(runId: string, seq: number): Promise<RunState | undefined> {
    let state: RunState | undefined;
    while ((state?.seq ?? 0) < seq) {
      const after = state?.seq ?? 0;
      const limit = Math.min(entriesPerPage, seq - after);
      const entries = await inTurn(() => log.read(runId, { after, limit, maxBytes: pageBytes }));
      if (entries.length === 0) return state;
      for (const { event } of entries) state = fold(state, event);
    }
    return state;
  }

  /** One run at a time, since building a state takes many times the memory of its text; equal requests share one. */
  function stateBefore(runId: string, seq: number): Promise<RunState | undefined> {
    const key = `${runId}/${seq}`;
    const present = loading.get(key);
    if (present !== undefined) return present;
    const state = last.then(() => stateAt(runId, seq)).finally(() => loading.delete(key));
    loading.set(key, state);
    last = state.catch(() => undefined);
    return state;
  }

  /** Charges memory for the state of a stream while its client is connected. @throws StagewireError OVERLOADED */
  function chargeState(state: RunState | undefined, signal: AbortSignal): MemoryCharge {
    const charge = account.charge('answers', Math.min(bytesOfAnswer(state), limitBytes / 2));
    if (charge === undefined) throw wireErrors.OVERLOADED.memory('stream');
    if (signal.aborted) charge.release();
    signal.addEventListener('abort', () => charge.release(), { once: true });
    return charge;
  }

  async function* steps(
    subscription: ReturnType<typeof subscribeToRun>,
    { before, charge, accessCheck }: StreamParts,
  ): AsyncGenerator<LegacyFrame, void, void> {
    let state = before;
    let unchargedBytes = 0;
    meter?.count('run', 'legacy', 1);
    try {
      for await (const step of subscription) {
        const { cursor, event } = step;
        accessCheck.check();
        meter?.sent(step);
        state = fold(state, event);
        if (isDelta(event)) unchargedBytes += event.text.length * 2;
        if (unchargedBytes > stepBytes) {
          if (!charge.resize(Math.min(charge.bytes + unchargedBytes, limitBytes / 2)))
            throw wireErrors.OVERLOADED.memory('stream');
          unchargedBytes = 0;
        }
        const events = legacyEvents(state, event);
        if (events.length > 0) yield { cursor, events };
      }
    } finally {
      meter?.count('run', 'legacy', -1);
    }
  }

  return {
    async start(body, principal) {
      const { task, context } = read(TaskBody, body);
      requireRightToCall(principal, 'runs.start');
      const hasContext = Object.keys(context).length > 0;
      const files = [{ path: 'context.json', text: contextText(context) }];
      const input = read(StartInput, hasContext ? { task, files } : { task });
      return { ...(await runs.start(input, principal)), task };
    },

    async events({ runId, lastEventId }, { principal, identity, signal }) {
      requireRightToCall(principal, 'runs.events');
      await access.requireRun({ principal, procedure: 'runs.events' }, runId);
      const start = await startOfStream(log, { runId, principal }, lastEventId);
      if (start.before?.isTerminal === true) return undefined;
      const release = options.limits?.holdSubscription(principal.owner) ?? (() => undefined);
      if (signal.aborted) release();
      signal.addEventListener('abort', release, { once: true });
      const state = await stateBefore(runId, start.after);
      const charge = chargeState(state, signal);
      const subscription = subscribeToRun(tails, {
        runId,
        ...start,
        include: { reasoning: false },
        signal,
        heartbeatMs,
        heartbeat: () => runs.heartbeat(runId),
      });
      const accessCheck = new AccessCheck({ principal, identity }, { runId, owner: start.owner });
      return steps(subscription, { before: state, charge, accessCheck });
    },
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Not indented: nested lists of a few kilobytes would become gigabytes. @throws StagewireError INVALID_INPUT */
function contextText(context: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(context);
  } catch (error) {
    // JSON can be parsed at any depth, but not stringified.
    throw wireErrors.INVALID_INPUT.fields([{ field: 'context', message: 'is nested too deeply' }], error);
  }
}

/** @throws TRPCError BAD_REQUEST, reported to clients as for any procedure. */
function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
}

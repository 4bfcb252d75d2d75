import { fold, isDelta, type RunState, type StartReceipt } from '@stagewire/shared';
import { StartInput } from '@stagewire/shared/commands';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { EventLog } from '../log/event-log.ts';
import { subscribeToRun } from '../delivery/subscribe-to-run.ts';
import type { Tails } from '../delivery/tails.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import type { Principal, RunService } from '../runs/run-service.ts';
import { bytesOfAnswer } from '../api/answer-bytes.ts';
import { startOfStream } from '../api/cursor-check.ts';
import { legacyEvents, type LegacyEvent } from './legacy-events.ts';

export interface LegacyStreamsOptions {
  readonly runs: RunService;
  readonly log: EventLog;
  readonly tails: Tails;
  readonly heartbeatMs: number;
  readonly account: MemoryAccount;
}

/** Events that belong together: whoever has got all of them may come back with this cursor. */
export interface LegacyFrame {
  readonly cursor: string;
  readonly events: readonly LegacyEvent[];
}

/** The two routes of the legacy API, over the same runs and the same log. A stream's id is its run's. */
export interface LegacyStreams {
  /** @throws TRPCError for a body that cannot be read; StagewireError as `runs.start` does. */
  start(body: unknown, principal: Principal): Promise<StartReceipt & { readonly task: string }>;
  /**
   * The stream's events behind a cursor; `undefined` if there is nothing behind it any more: the run has ended.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, CURSOR_INVALID, OVERLOADED.
   */
  events(
    stream: { readonly runId: string; readonly lastEventId: string | undefined },
    options: { readonly principal: Principal; readonly signal: AbortSignal },
  ): Promise<AsyncGenerator<LegacyFrame, void, void> | undefined>;
}

const TaskBody = z.object({
  task: StartInput.shape.task,
  // A record of zod would lose a key `__proto__`.
  context: z.custom<Readonly<Record<string, unknown>>>(isObject, 'must be an object').default({}),
});

const entriesPerPage = 1000;
const pageBytes = 2_000_000;

/** Growth of a stream's state is counted in steps, so that a token costs an addition only. */
const stepBytes = 256 * 1024;

export function createLegacyStreams(options: LegacyStreamsOptions): LegacyStreams {
  const { runs, log, tails, heartbeatMs, account } = options;
  const limitBytes = account.report().answers.limitBytes;
  const inTurn = createSerialQueue({ turnOf: tails.clock }).post;
  const underWay = new Map<string, Promise<RunState | undefined>>();
  let last: Promise<unknown> = Promise.resolve();

  /** Read in pages, one in a turn of the event loop: a long run would hold it for a third of a second. */
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

  /** One run after the other, since a state in the making takes many times its text; the same state only once. */
  function stateBefore(runId: string, seq: number): Promise<RunState | undefined> {
    const key = `${runId}/${seq}`;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const state = last.then(() => stateAt(runId, seq)).finally(() => underWay.delete(key));
    underWay.set(key, state);
    last = state.catch(() => undefined);
    return state;
  }

  /** Holds memory for the state of a stream as long as its reader is there. @throws StagewireError OVERLOADED */
  function holdState(state: RunState | undefined, signal: AbortSignal): MemoryCharge {
    const charge = account.charge('answers', Math.min(bytesOfAnswer(state), limitBytes / 2));
    if (charge === undefined) throw wireErrors.OVERLOADED.memory('stream');
    if (signal.aborted) charge.release();
    signal.addEventListener('abort', () => charge.release(), { once: true });
    return charge;
  }

  async function* steps(
    followed: ReturnType<typeof subscribeToRun>,
    before: RunState | undefined,
    charge: MemoryCharge,
  ): AsyncGenerator<LegacyFrame, void, void> {
    let state = before;
    let unheldBytes = 0;
    for await (const { cursor, event } of followed) {
      state = fold(state, event);
      if (isDelta(event)) unheldBytes += event.text.length * 2;
      if (unheldBytes > stepBytes) {
        if (!charge.resize(Math.min(charge.bytes + unheldBytes, limitBytes / 2)))
          throw wireErrors.OVERLOADED.memory('stream');
        unheldBytes = 0;
      }
      const events = legacyEvents(state, event);
      if (events.length > 0) yield { cursor, events };
    }
  }

  return {
    async start(body, principal) {
      const { task, context } = read(TaskBody, body);
      const hasContext = Object.keys(context).length > 0;
      const files = [{ path: 'context.json', text: contextText(context) }];
      const input = read(StartInput, hasContext ? { task, files } : { task });
      return { ...(await runs.start(input, principal)), task };
    },

    async events({ runId, lastEventId }, { principal, signal }) {
      const start = await startOfStream(log, { runId, owner: principal.owner }, lastEventId);
      if (start.before?.isTerminal === true) return undefined;
      const state = await stateBefore(runId, start.after);
      const charge = holdState(state, signal);
      const followed = subscribeToRun(tails, {
        runId,
        ...start,
        include: { reasoning: false },
        signal,
        heartbeatMs,
        waiting: () => runs.waiting(runId),
      });
      return steps(followed, state, charge);
    },
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Not indented: of lists in lists a few kilobytes would become gigabytes. @throws StagewireError INVALID_INPUT */
function contextText(context: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(context);
  } catch (error) {
    // JSON can be read at any depth, but not written.
    throw wireErrors.INVALID_INPUT.fields([{ field: 'context', message: 'is nested too deeply' }], error);
  }
}

/** @throws TRPCError BAD_REQUEST, which is told to clients as that of any procedure. */
function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
}

import type { EventsInput } from '@stagewire/shared';
import type { EventBefore } from '../delivery/event-before.ts';
import type { SequencedEvent, SubscribeOptions } from '../delivery/subscribe-options.ts';
import { subscribeToRun } from '../delivery/subscribe-to-run.ts';
import type { Tails } from '../delivery/tails.ts';
import type { EventSink, TrackedEventsOptions } from '../delivery/tracked-events.ts';
import type { Principal } from '../identity/principal.ts';
import type { EventLog } from '../log/event-log.ts';
import type { RunService } from '../runs/run-service.ts';
import { AccessCheck } from './access-check.ts';
import type { Context } from './context.ts';
import { startOfStream } from './cursor-check.ts';

/** Whose subscription it is, on which connection. */
export interface SubscribingCaller extends Context {
  readonly principal: Principal;
}

/** The same for all subscriptions to runs. */
export interface RunSubscriptionParts {
  readonly log: EventLog;
  readonly tails: Tails;
  readonly runs: Pick<RunService, 'heartbeat'>;
  readonly heartbeatMs: number;
  /** How long a delta may be delayed for coalescing; called each time. */
  readonly mergeWindowMs: () => number;
  /** Called with each event that is sent. @default not called */
  readonly onSent: ((step: SequencedEvent) => void) | undefined;
}

type Steps = AsyncGenerator<SequencedEvent, void, void>;

const withReasoning = { reasoning: true };
const withoutReasoning = { reasoning: false };

/**
 * All that a subscription to a run keeps for its source, its sender and its access check: one object, since there may be ten
 * thousand of them, and functions in the place of its methods took 0.6 KB for each.
 */
export class RunSubscription
  implements SubscribeOptions, TrackedEventsOptions<SequencedEvent>, EventSink<SequencedEvent>
{
  readonly #parts: RunSubscriptionParts;
  readonly #input: EventsInput;
  readonly #caller: SubscribingCaller;
  readonly #access: AccessCheck;
  readonly signal: AbortSignal;
  after = 0;
  before: EventBefore | undefined = undefined;
  /** Of the run; known when the subscription has started. */
  owner = '';
  receive: EventSink<SequencedEvent>['receive'] = undefined;

  constructor(
    parts: RunSubscriptionParts,
    {
      input,
      caller,
      signal,
    }: { readonly input: EventsInput; readonly caller: SubscribingCaller; readonly signal: AbortSignal },
  ) {
    this.#parts = parts;
    this.#input = input;
    this.#caller = caller;
    this.#access = new AccessCheck(caller, this);
    this.signal = signal;
  }

  get runId(): string {
    return this.#input.runId;
  }

  get include(): SubscribeOptions['include'] {
    return this.#input.include?.reasoning === false ? withoutReasoning : withReasoning;
  }

  get heartbeatMs(): number {
    return this.#parts.heartbeatMs;
  }

  get window(): () => number {
    return this.#parts.mergeWindowMs;
  }

  get sink(): EventSink<SequencedEvent> {
    return this;
  }

  get onSent(): RunSubscriptionParts['onSent'] {
    return this.#parts.onSent;
  }

  heartbeat(): ReturnType<SubscribeOptions['heartbeat']> {
    return this.#parts.runs.heartbeat(this.runId);
  }

  ready(reader: AbortSignal): Promise<void> | undefined {
    return this.#caller.connection.ready(reader);
  }

  check(): void {
    this.#access.check();
  }

  /** The steps after the cursor of the input. @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, CURSOR_INVALID */
  start(): Promise<Steps> {
    return this.#startAfter(this.#input.lastEventId);
  }

  resume(last: SequencedEvent | undefined): Promise<Steps> {
    return this.#startAfter(last?.cursor ?? this.#input.lastEventId);
  }

  async #startAfter(cursor: string | null | undefined): Promise<Steps> {
    const { log, tails } = this.#parts;
    const { runId } = this;
    const start = await startOfStream(log, { runId, principal: this.#caller.principal }, cursor);
    this.owner = start.owner;
    this.after = start.after;
    this.before = start.before;
    return subscribeToRun(tails, this);
  }
}

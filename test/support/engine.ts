import type { Command, DurableEvent, EventBody, RunState, StartInput } from '@stagewire/shared';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import type { Provider } from '../../server/providers/provider.ts';
import { defaultRunOptions } from '../../server/process/run-options.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { localPrincipal } from '../../server/identity/principal.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import type { Supervisor } from '../../server/runs/supervisor.ts';
import { createRuns, type RunsOptions } from './create-runs.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createSeededChance } from './seeded-random-ids.ts';

export const principal = localPrincipal;

/** The real engine over the real memory log, with a clock, a chance and a provider that the test moves. */
export interface Engine {
  readonly clock: FakeClock;
  readonly log: EventLog;
  readonly supervisor: Supervisor;
  /** A command with an id of its own, as the API would hand it over. */
  command(command: CommandDraft): Promise<Awaited<ReturnType<Supervisor['command']>>>;
  start(input?: Partial<StartInput>): Promise<string>;
  events(runId: string): Promise<DurableEvent[]>;
  state(runId: string): Promise<RunState>;
}

type WithOptionalId<C> = C extends unknown ? Omit<C, 'commandId'> & { commandId?: string } : never;
export type CommandDraft = WithOptionalId<Command>;

export interface EngineOptions extends Partial<Omit<RunsOptions, 'resolveModel'>> {
  readonly provider: Provider;
  readonly seed?: number;
}

export function createEngine(options: EngineOptions): Engine {
  const clock = (options.clock as FakeClock | undefined) ?? createFakeClock();
  const log = options.log ?? createMemoryLog({ clock });
  const random = options.random ?? createSeededChance(options.seed ?? 1);
  const supervisor = createRuns({
    ...defaultRunOptions,
    account: createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER)),
    logger: quietLogger,
    heartbeatMs: 1000,
    models: { default: 'rehearsal' },
    findModelProblem: () => undefined,
    ...options,
    clock,
    log,
    random,
    resolveModel: (modelRef) => ({ provider: options.provider, model: modelRef }),
  });
  return {
    clock,
    log,
    supervisor,
    command: (draft) => supervisor.command({ commandId: random.uuid(), ...draft }, principal),
    async start(input = {}) {
      const { from } = input;
      const task = 'Build a URL shortener';
      const start = from === undefined ? { ...input, task: input.task ?? task } : { ...input, from };
      return (await settle(clock, supervisor.start(start, principal))).runId;
    },
    async events(runId) {
      const entries = await log.read(runId, { after: 0, limit: 1_000_000 });
      return entries.map(({ event }) => event);
    },
    state: (runId) => supervisor.state(runId, principal),
  };
}

/** Waits for something that needs turns of the clock. */
export async function settle<Result>(clock: FakeClock, promise: Promise<Result>): Promise<Result> {
  const outcome = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await clock.runTurns();
  const settled = await outcome;
  if ('error' in settled) throw settled.error;
  return settled.value;
}

/** An event without its envelope, for comparing what matters. */
export function bodyOf(event: DurableEvent): EventBody {
  const { runId: _runId, seq: _seq, at: _at, firstSeq: _firstSeq, ...body } = event;
  return body;
}

/** The events' types in order, neighbouring deltas as one. */
export function typesOf(events: readonly { readonly type: string }[]): string[] {
  const types = events.map((event) => event.type);
  return types.filter((type, index) => type !== 'stage.delta' || types[index - 1] !== 'stage.delta');
}

import type { ServerInfo } from '@stagewire/shared';
import type { ChargeAnswer } from '../../server/api/context.ts';
import { createRouter } from '../../server/api/router.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { createCallerIdentities, type CallerIdentity } from '../../server/identity/caller-identity.ts';
import { createLiveIdentities } from '../../server/identity/live-identities.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { defaultRunOptions } from '../../server/process/run-options.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import type { RandomSource } from '../../server/runtime/random.ts';
import { createRuns } from './create-runs.ts';
import { createRandomModel } from './random-model.ts';
import type { FakeClock } from './fake-clock.ts';
import type { SimTokens } from './sim-tokens.ts';

/** A server without sockets: its procedures, and the identities of its connections. */
export function startOwnersServer(options: {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly tokens: SimTokens;
}) {
  const { clock, random, tokens } = options;
  const log = createMemoryLog({ clock });
  const live = createLiveIdentities({ clock, sources: [tokens.source] });
  const identities = createCallerIdentities({ live, identifyToken: tokens.authenticate });
  /** The lines of the audit log. */
  const audit: Readonly<Record<string, unknown>>[] = [];
  const provider = createRandomModel({ clock, random });
  const runs = createRuns({
    ...defaultRunOptions,
    account: createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER)),
    maxRunningRuns: 4,
    logRetryMs: 100,
    log,
    clock,
    random,
    heartbeatMs: 1000,
    logger: quietLogger,
    models: { default: 'rehearsal' },
    findModelProblem: () => undefined,
    resolveModel: (modelRef) => ({ provider, model: modelRef }),
  });
  const router = createRouter({
    runs,
    log,
    tails: createTails(log, { clock, maxEntries: 24, pageEntries: 16 }),
    info: () => ({}) as Omit<ServerInfo, 'you'>,
    logger: { ...quietLogger, info: (fields) => void audit.push(fields) },
  });
  const connection = {
    ready: () => undefined,
    answer: <Result>(call: (charge: ChargeAnswer) => Promise<Result>) => call(() => Promise.resolve()),
    openSubscription: () => () => undefined,
  };
  return {
    log,
    audit,
    identities,
    callerOf: (identity: CallerIdentity, signal: AbortSignal) =>
      router.createCaller({ identity, connection }, { signal }),
    async stop() {
      live.close();
      await runs.stop();
    },
  };
}

/** Lets turns of the event loop and, if it needs them, timers run until it is settled. */
export async function settled<Result>(clock: FakeClock, promise: Promise<Result>): Promise<Result> {
  const state = { isSettled: false };
  const done = promise.finally(() => (state.isSettled = true));
  done.catch(() => undefined);
  for (let round = 0; round < 1000; round += 1) {
    await clock.runTurns();
    if (state.isSettled) return done;
    await clock.advance(1);
  }
  throw new Error('a call is not answered within a second');
}

import { CliProblem } from '../terminal/cli-problem.ts';
import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import type { Threshold } from './threshold.ts';

/** The options of `load`, as given. */
export interface LoadOptions {
  readonly url?: string;
  readonly runs?: number;
  readonly rate?: number;
  readonly concurrency: number;
  readonly subscribers: number;
  readonly steer: number;
  readonly cancel: number;
  readonly drop: number;
  readonly slow: number;
  readonly dropEvery: number;
  readonly slowRate: number;
  readonly model: string;
  readonly warmup: number;
  readonly duration?: number;
  readonly drain: number;
  readonly seed: number;
  readonly threshold?: readonly Threshold[];
  readonly json?: string | boolean;
  readonly serverPid?: number;
  /** Do not delete the runs at the end. */
  readonly keep?: boolean;
  readonly leaveRuns?: boolean;
  readonly allowRemote?: boolean;
  readonly allowRealModel?: boolean;
}

/** The resolved options of a load test. */
export interface LoadSettings {
  /** Number of measured runs; `undefined`: as many as fit into the duration. */
  readonly runs: number | undefined;
  /** Starts per second; `undefined`: a run starts as soon as fewer than `concurrency` runs are active. */
  readonly ratePerSecond: number | undefined;
  readonly concurrency: number;
  readonly subscribers: number;
  readonly steerShare: number;
  readonly cancelShare: number;
  readonly dropShare: number;
  readonly slowShare: number;
  /** Average lifetime of the socket of a dropping subscriber. */
  readonly dropEveryMs: number;
  readonly slowBytesPerSecond: number;
  readonly model: string;
  readonly warmupMs: number;
  readonly durationMs: number;
  /** How long active runs may take after the last start. */
  readonly drainMs: number;
  readonly seed: number;
  readonly leaveRuns: boolean;
}

/** Hard limits of all options: a load test ends automatically and is not an attack. */
export const loadCaps = {
  runs: 10_000,
  ratePerSecond: 500,
  concurrency: 500,
  subscribers: 50,
  /** Concurrent sockets: `concurrency` × `subscribers`. */
  sockets: 2000,
  durationMs: 60 * 60 * 1000,
  warmupMs: 10 * 60 * 1000,
  drainMs: 10 * 60 * 1000,
} as const;

export const loadDefaults = {
  /** If neither `--runs` nor `--rate` is given. */
  runs: 20,
  concurrency: 20,
  subscribers: 1,
  dropEveryMs: 3000,
  slowBytesPerSecond: 32 * 1024,
  model: 'rehearsal/ttft=100,tps=100,chars=600,reasoning=200',
  warmupMs: 2000,
  /** With `--rate`. */
  durationMs: 30_000,
  /** With `--runs`: long enough for all runs to start. */
  runsDurationMs: 10 * 60 * 1000,
  drainMs: 30_000,
  seed: 1,
} as const;

/** @throws CliProblem for a value above its limit, a server that is not on loopback, or a model that costs money. */
export function readLoadSettings(url: string, options: LoadOptions): LoadSettings {
  refuseRemote(url, options);
  refuseRealModel(options);
  const { runs, rate, concurrency, subscribers } = options;
  const given = runs !== undefined || rate !== undefined;
  const durationMs =
    options.duration ?? (rate === undefined ? loadDefaults.runsDurationMs : loadDefaults.durationMs);
  atMost('--runs', runs ?? 0, loadCaps.runs);
  atMost('--rate (per second)', rate ?? 0, loadCaps.ratePerSecond);
  atMost('--concurrency', concurrency, loadCaps.concurrency);
  atMost('--subscribers', subscribers, loadCaps.subscribers);
  atMost('--concurrency × --subscribers', concurrency * subscribers, loadCaps.sockets);
  atMost('--duration (ms)', durationMs, loadCaps.durationMs);
  atMost('--warmup (ms)', options.warmup, loadCaps.warmupMs);
  atMost('--drain (ms)', options.drain, loadCaps.drainMs);
  for (const [name, value] of Object.entries({
    runs,
    concurrency,
    subscribers,
    'slow-rate': options.slowRate,
  })) {
    if (value === 0) throw new CliProblem(`--${name} must be at least 1; got 0.`);
  }
  if (options.drop + options.slow > 1) {
    throw new CliProblem('--drop and --slow must not exceed 100% of the subscribers together.');
  }
  return {
    runs: given ? runs : loadDefaults.runs,
    ratePerSecond: rate,
    concurrency,
    subscribers,
    steerShare: options.steer,
    cancelShare: options.cancel,
    dropShare: options.drop,
    slowShare: options.slow,
    dropEveryMs: options.dropEvery,
    slowBytesPerSecond: options.slowRate,
    model: options.model,
    warmupMs: options.warmup,
    durationMs,
    drainMs: options.drain,
    seed: options.seed,
    leaveRuns: options.leaveRuns === true,
  };
}

/** Whether this address is reachable only from this machine. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopback(URL.parse(url)?.hostname ?? '');
}

function refuseRemote(url: string, { allowRemote }: LoadOptions): void {
  if (allowRemote === true || isLoopbackUrl(url)) return;
  throw new CliProblem(
    `${url} is not on this machine. A load test can make a server unusable for others, so only loopback addresses are ` +
      'allowed by default. Use --allow-remote only for a server of your own whose users are informed.',
  );
}

function refuseRealModel({ model, allowRealModel }: LoadOptions): void {
  if (allowRealModel === true || /^rehearsal(?:\/|$)/.test(model)) return;
  throw new CliProblem(
    `${model} is a real model: hundreds of runs cost money. Use the simulated model, e.g. ${loadDefaults.model}, ` +
      'or set --allow-real-model.',
  );
}

function atMost(name: string, value: number, cap: number): void {
  if (value <= cap) return;
  throw new CliProblem(`${name} must be at most ${cap}; got ${value}.`);
}

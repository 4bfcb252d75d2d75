import { CliProblem } from '../terminal/cli-problem.ts';
import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import type { Threshold } from './threshold.ts';

/** The options of `load`, as they are given. */
export interface LoadOptions {
  readonly url?: string;
  readonly runs?: number;
  readonly rate?: number;
  readonly concurrency: number;
  readonly followers: number;
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
  readonly json?: string;
  readonly serverPid?: number;
  readonly leaveRuns?: boolean;
  readonly allowRemote?: boolean;
  readonly allowRealModel?: boolean;
}

/** A load as it will be driven. */
export interface LoadSettings {
  /** How many measured runs; `undefined`: as many as fit into the duration. */
  readonly runs: number | undefined;
  /** Starts per second; `undefined`: as soon as one of `concurrency` places is free. */
  readonly ratePerSecond: number | undefined;
  readonly concurrency: number;
  readonly followers: number;
  readonly steerShare: number;
  readonly cancelShare: number;
  readonly dropShare: number;
  readonly slowShare: number;
  /** How long a dropping follower keeps its socket on average. */
  readonly dropEveryMs: number;
  readonly slowBytesPerSecond: number;
  readonly model: string;
  readonly warmupMs: number;
  readonly durationMs: number;
  /** How long runs that are under way may take after the last start. */
  readonly drainMs: number;
  readonly seed: number;
  readonly leaveRuns: boolean;
}

/** What no option can go beyond: a load ends by itself, and is no attack. */
export const loadCaps = {
  runs: 10_000,
  ratePerSecond: 500,
  concurrency: 500,
  followers: 50,
  /** Sockets at a time: `concurrency` × `followers`. */
  sockets: 2000,
  durationMs: 60 * 60 * 1000,
  warmupMs: 10 * 60 * 1000,
  drainMs: 10 * 60 * 1000,
} as const;

export const loadDefaults = {
  /** Where neither `--runs` nor `--rate` says how many. */
  runs: 20,
  concurrency: 20,
  followers: 1,
  dropEveryMs: 3000,
  slowBytesPerSecond: 32 * 1024,
  model: 'rehearsal/ttft=100,tps=100,chars=600,reasoning=200',
  warmupMs: 2000,
  /** With `--rate`. */
  durationMs: 30_000,
  /** With `--runs`: long enough that their number decides. */
  runsDurationMs: 10 * 60 * 1000,
  drainMs: 30_000,
  seed: 1,
} as const;

/** @throws CliProblem for what is beyond a cap, not loopback, or costs money. */
export function readLoadSettings(url: string, options: LoadOptions): LoadSettings {
  refuseRemote(url, options);
  refuseRealModel(options);
  const { runs, rate, concurrency, followers } = options;
  const given = runs !== undefined || rate !== undefined;
  const durationMs =
    options.duration ?? (rate === undefined ? loadDefaults.runsDurationMs : loadDefaults.durationMs);
  atMost('--runs', runs ?? 0, loadCaps.runs);
  atMost('--rate (per second)', rate ?? 0, loadCaps.ratePerSecond);
  atMost('--concurrency', concurrency, loadCaps.concurrency);
  atMost('--followers', followers, loadCaps.followers);
  atMost('--concurrency × --followers', concurrency * followers, loadCaps.sockets);
  atMost('--duration (ms)', durationMs, loadCaps.durationMs);
  atMost('--warmup (ms)', options.warmup, loadCaps.warmupMs);
  atMost('--drain (ms)', options.drain, loadCaps.drainMs);
  for (const [name, value] of Object.entries({
    runs,
    concurrency,
    followers,
    'slow-rate': options.slowRate,
  })) {
    if (value === 0) throw new CliProblem(`--${name} is 0, and nothing would happen. Give at least 1.`);
  }
  if (options.drop + options.slow > 1) {
    throw new CliProblem('--drop and --slow together are more than 100% of the followers. Give less of one.');
  }
  return {
    runs: given ? runs : loadDefaults.runs,
    ratePerSecond: rate,
    concurrency,
    followers,
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

/** Is this an address that only this machine reaches? */
export function isLoopbackUrl(url: string): boolean {
  return isLoopback(URL.parse(url)?.hostname ?? '');
}

function refuseRemote(url: string, { allowRemote }: LoadOptions): void {
  if (allowRemote === true || isLoopbackUrl(url)) return;
  throw new CliProblem(
    `${url} is not on this machine. A load can make a server useless for others, so it is only put on loopback ` +
      'unless you say --allow-remote: do that for a server that is yours, and whose users know.',
  );
}

function refuseRealModel({ model, allowRealModel }: LoadOptions): void {
  if (allowRealModel === true || /^rehearsal(?:\/|$)/.test(model)) return;
  throw new CliProblem(
    `${model} is a real model: hundreds of runs on it cost money. Take a rehearsal, as in ${loadDefaults.model}, ` +
      'or say --allow-real-model.',
  );
}

function atMost(name: string, value: number, cap: number): void {
  if (value <= cap) return;
  throw new CliProblem(`${name} is ${value}, and ${cap} is the most a load may have. Give less.`);
}

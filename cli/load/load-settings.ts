import { CliProblem } from '../terminal/cli-problem.ts';
import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import { createConstantPace, createStagedPace, plannedStarts, type LoadStage, type Pace } from './pace.ts';
import type { ScenarioRun } from './scenario.ts';
import type { MetricThreshold } from './metric-threshold.ts';
import type { Threshold } from './threshold.ts';

/** How subscribers receive events; `auto`: as the client decides. */
export type LoadTransport = 'ws' | 'sse' | 'auto';

/** The options of `load`, as given. */
export interface LoadOptions {
  /** One for each node. */
  readonly url?: readonly string[];
  readonly runs?: number;
  readonly rate?: number;
  /** @default 20; without a default of the option, so that it is known whether it was given. */
  readonly concurrency?: number;
  readonly stage?: readonly LoadStage[];
  readonly stopAtBreak?: boolean;
  readonly subscribers: number;
  readonly feedSubscribers: number;
  readonly transport: LoadTransport;
  /** A path. */
  readonly scenario?: string;
  readonly steer: number;
  readonly continue: number;
  readonly redirect: number;
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
  readonly threshold?: readonly (Threshold | MetricThreshold)[];
  /** Pages of metrics. */
  readonly metricsUrl?: readonly string[];
  readonly json?: string | boolean;
  /** Paths of further reports. */
  readonly html?: string;
  readonly junit?: string;
  readonly summary?: string;
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
  /** Changes of the target over time; empty: it is constant. */
  readonly stages: readonly LoadStage[];
  /** Start no more runs after the first violation of a threshold. */
  readonly stopAtBreak: boolean;
  readonly subscribers: number;
  /** Subscribers of the feed, for the whole test. */
  readonly feedSubscribers: number;
  readonly transport: LoadTransport;
  /** At least one kind of run. */
  readonly scenario: readonly ScenarioRun[];
  readonly steerShare: number;
  readonly continueShare: number;
  readonly redirectShare: number;
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
  feedSubscribers: 50,
  /** Concurrent connections of subscribers: `concurrency` × `subscribers`. */
  sockets: 2000,
  stages: 50,
  durationMs: 60 * 60 * 1000,
  warmupMs: 10 * 60 * 1000,
  drainMs: 10 * 60 * 1000,
} as const;

export const loadDefaults = {
  /** If neither `--runs` nor `--rate` is given. */
  runs: 20,
  concurrency: 20,
  subscribers: 1,
  feedSubscribers: 0,
  transport: 'ws',
  task: 'A load test: write a short text.',
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

/**
 * @param scenario The kinds of runs. @default a single one
 * @throws CliProblem for a value above its limit, options that exclude each other, a server that is not on loopback, or a
 *   model that costs money.
 */
export function readLoadSettings(
  urls: readonly string[],
  options: LoadOptions,
  scenario: readonly ScenarioRun[] = [defaultRun(options.model)],
): LoadSettings {
  for (const url of urls) refuseRemote(url, options);
  refuseRealModels(scenario, options);
  refuseContradictions(options);
  const { runs, rate, subscribers, feedSubscribers, stage: stages = [] } = options;
  const isStaged = stages.length > 0;
  const given = runs !== undefined || rate !== undefined || isStaged;
  const peak = Math.max(0, ...stages.map(({ target }) => target));
  const isOfRates = rate !== undefined || stages[0]?.kind === 'rate';
  // Not more than there are: the warm-up has as many, and the measurement begins with the first that ends.
  const concurrency =
    isStaged && !isOfRates
      ? Math.ceil(peak)
      : (options.concurrency ??
        Math.min(loadDefaults.concurrency, Math.max(1, runs ?? loadDefaults.concurrency)));
  const durationMs = isStaged
    ? stages.reduce((sum, stage) => sum + stage.durationMs, 0)
    : (options.duration ?? (rate === undefined ? loadDefaults.runsDurationMs : loadDefaults.durationMs));
  atMost('--runs', runs ?? 0, loadCaps.runs);
  atMost('--rate (per second)', rate ?? 0, loadCaps.ratePerSecond);
  atMost('--stage (number of stages)', stages.length, loadCaps.stages);
  if (isStaged && isOfRates) atMost('--stage (starts per second)', peak, loadCaps.ratePerSecond);
  atMost(
    isStaged && !isOfRates ? '--stage (concurrent runs)' : '--concurrency',
    concurrency,
    loadCaps.concurrency,
  );
  atMost('--subscribers', subscribers, loadCaps.subscribers);
  atMost('--feed-subscribers', feedSubscribers, loadCaps.feedSubscribers);
  atMost('--concurrency × --subscribers', concurrency * subscribers, loadCaps.sockets);
  atMost(isStaged ? 'The time of all stages (ms)' : '--duration (ms)', durationMs, loadCaps.durationMs);
  atMost('--warmup (ms)', options.warmup, loadCaps.warmupMs);
  atMost('--drain (ms)', options.drain, loadCaps.drainMs);
  const starts = isStaged && isOfRates ? plannedStarts(stages) : ((rate ?? 0) * durationMs) / 1000;
  if (runs === undefined)
    atMost('The number of runs at this rate, without --runs,', Math.ceil(starts), loadCaps.runs);
  for (const [name, value] of Object.entries({
    runs,
    concurrency: options.concurrency,
    subscribers,
    'slow-rate': options.slowRate,
  })) {
    if (value === 0) throw new CliProblem(`--${name} must be at least 1; got 0.`);
  }
  if (options.drop + options.slow > 1) {
    throw new CliProblem('--drop and --slow must not exceed 100% of the subscribers together.');
  }
  if (isStaged && (durationMs === 0 || peak === 0)) {
    throw new CliProblem('The stages of --stage must last longer than 0 s, and a target must be above 0.');
  }
  return {
    runs: given ? runs : loadDefaults.runs,
    ratePerSecond: rate,
    concurrency,
    stages,
    stopAtBreak: options.stopAtBreak === true,
    subscribers,
    feedSubscribers,
    transport: options.transport,
    scenario,
    steerShare: options.steer,
    continueShare: options.continue,
    redirectShare: options.redirect,
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

/** How the runs of the measurement are started. */
export function paceOf({ stages, ratePerSecond, concurrency, durationMs }: LoadSettings): Pace {
  if (stages.length > 0) return createStagedPace(stages);
  return ratePerSecond === undefined
    ? createConstantPace('concurrency', concurrency, durationMs)
    : createConstantPace('rate', ratePerSecond, durationMs);
}

/** That of the warm-up: with stages, which begin at 0, one run per second or one at a time. */
export function warmupPaceOf(settings: LoadSettings): Pace {
  const { stages, warmupMs } = settings;
  const [stage] = stages;
  if (stage !== undefined) return createConstantPace(stage.kind, 1, warmupMs);
  return paceOf({ ...settings, durationMs: warmupMs });
}

function defaultRun(model: string): ScenarioRun {
  return {
    name: 'default',
    weight: 1,
    start: { task: loadDefaults.task, models: { default: model } },
    commands: [],
  };
}

function refuseContradictions(options: LoadOptions): void {
  const { stage: stages = [] } = options;
  const [first] = stages;
  for (const [name, value] of Object.entries({
    rate: options.rate,
    concurrency: options.concurrency,
    duration: options.duration,
  })) {
    if (first !== undefined && value !== undefined) {
      throw new CliProblem(
        `--stage and --${name} exclude each other: the stages have the time and the target.`,
      );
    }
  }
  if (stages.some(({ kind }) => kind !== first?.kind)) {
    throw new CliProblem(
      'All stages must have the same kind of target: a rate such as 20/s, or a number of concurrent runs.',
    );
  }
}

/** Whether this address is reachable only from this machine. */
export function isLoopbackUrl(url: string): boolean {
  return isLoopback(URL.parse(url)?.hostname ?? '');
}

function refuseRemote(url: string, { allowRemote }: LoadOptions): void {
  if (!URL.canParse(url))
    throw new CliProblem(`--url ${url} is not a URL, e.g. http://127.0.0.1:4600.`, 'USAGE');
  if (allowRemote === true || isLoopbackUrl(url)) return;
  throw new CliProblem(
    `${url} is not on this machine. A load test can make a server unusable for others, so only loopback addresses are ` +
      'allowed by default. Use --allow-remote only for a server of your own whose users are informed.',
  );
}

function refuseRealModels(scenario: readonly ScenarioRun[], { model, allowRealModel }: LoadOptions): void {
  if (allowRealModel === true) return;
  const all = [model, ...scenario.flatMap(({ start }) => Object.values(start.models ?? {}))];
  const real = all.find((it) => !/^rehearsal(?:\/|$)/.test(it));
  if (real === undefined) return;
  throw new CliProblem(
    `${real} is a real model: hundreds of runs cost money. Use the simulated model, e.g. ${loadDefaults.model}, ` +
      'or set --allow-real-model.',
  );
}

function atMost(name: string, value: number, cap: number): void {
  if (value <= cap) return;
  throw new CliProblem(`${name} must be at most ${cap}; got ${value}.`);
}

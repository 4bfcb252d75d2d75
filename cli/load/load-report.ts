import type { ServerInfo } from '@stagewire/client';
import type { CounterName, Figures, TrendName } from './figures.ts';
import type { LoadSettings } from './load-settings.ts';
import type { ThresholdResult } from './threshold.ts';
import type { TrendSummary } from './trend.ts';
import type { UsageReport } from './usage-watch.ts';

/** What `--json` writes. All durations are in milliseconds. */
export interface LoadReport {
  /** Of this shape; it rises when a field changes its meaning or goes. */
  readonly reportVersion: 1;
  readonly startedAt: string;
  readonly measuredMs: number;
  readonly url: string;
  readonly server: { readonly version: string; readonly protocolVersion: number };
  readonly machine: Machine;
  readonly settings: LoadSettings;
  /** False: the durations say nothing about the server, and `invalidBecause` says why. Counts are right all the same. */
  readonly valid: boolean;
  readonly invalidBecause: readonly string[];
  /** Ended before its time by Ctrl-C. */
  readonly interrupted: boolean;
  readonly trends: Readonly<Record<TrendName, TrendSummary>>;
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly thresholds: readonly ThresholdResult[];
  /** Counters that must be 0 and are not, those left to a threshold aside. */
  readonly broken: readonly CounterName[];
  readonly usage: UsageReport;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
}

export interface LoadReportParts {
  readonly startedAt: string;
  readonly measuredMs: number;
  readonly url: string;
  readonly info: ServerInfo;
  readonly machine: Machine;
  readonly settings: LoadSettings;
  readonly interrupted: boolean;
  readonly figures: Figures;
  readonly thresholds: readonly ThresholdResult[];
  /** Figures that thresholds name. */
  readonly judged: ReadonlySet<string>;
  readonly usage: UsageReport;
}

/** Above this share of its time at work, the generator's own queue is in every duration. */
const saturatedUtilization = 0.9;

/** With less it is not its own work that kept it. */
const busyCpuPercent = 60;

const mustBeZero = [
  'lost',
  'duplicated',
  'after_end',
  'text_mismatches',
  'runs_unfinished',
  'errors',
] as const;

export function createLoadReport(parts: LoadReportParts): LoadReport {
  const { figures, info, usage, judged, interrupted, ...rest } = parts;
  const invalidBecause = reasonsAgainst(figures, usage);
  return {
    reportVersion: 1,
    ...rest,
    server: { version: info.version, protocolVersion: info.protocolVersion },
    valid: invalidBecause.length === 0,
    invalidBecause,
    interrupted,
    trends: figures.trendSummaries(),
    counters: figures.counters(),
    errors: figures.errors(),
    broken: mustBeZero.filter((name) => {
      // Ended by hand, runs are unfinished as a matter of course.
      if (interrupted && name === 'runs_unfinished') return false;
      return figures.counted(name) > 0 && !judged.has(name);
    }),
    usage,
  };
}

function reasonsAgainst(figures: Figures, { generator }: UsageReport): string[] {
  const reasons: string[] = [];
  if (generator.loopUtilization > saturatedUtilization) {
    const cpu = Math.round(generator.cpuPercent);
    reasons.push(
      `the generator could not keep up: its event loop was at work ${Math.round(generator.loopUtilization * 100)} % ` +
        `of the time, with ${cpu} % of a core; ` +
        (cpu < busyCpuPercent ? 'let other processes leave it more' : 'give it fewer runs or followers'),
    );
  }
  if (figures.counted('runs_started') === 0) {
    reasons.push(
      'no run was started while it measured; give it a longer --duration or a lower --concurrency',
    );
  }
  return reasons;
}

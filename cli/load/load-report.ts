import type { ServerInfo } from '@stagewire/client';
import type { CounterName, Figures, TrendName } from './figures.ts';
import type { LoadSettings } from './load-settings.ts';
import type { ThresholdResult } from './threshold.ts';
import type { TrendSummary } from './trend.ts';
import type { UsageReport } from './usage-monitor.ts';

/** The JSON report of `--json`. All durations are in milliseconds. */
export interface LoadReport {
  /** The version of this format; incremented when a field is removed or changes its meaning. */
  readonly reportVersion: 1;
  readonly startedAt: string;
  readonly measuredMs: number;
  readonly url: string;
  readonly server: { readonly version: string; readonly protocolVersion: number };
  readonly machine: Machine;
  readonly settings: LoadSettings;
  /**
   * False if the durations do not describe the server; `invalidBecause` has the reasons. Counters are valid in any
   * case.
   */
  readonly valid: boolean;
  readonly invalidBecause: readonly string[];
  /** Ended early by Ctrl-C. */
  readonly interrupted: boolean;
  readonly trends: Readonly<Record<TrendName, TrendSummary>>;
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly thresholds: readonly ThresholdResult[];
  /** Counters that must be 0, are not, and are not named by a threshold. */
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
  /** The figures that thresholds name. */
  readonly namedByThresholds: ReadonlySet<string>;
  readonly usage: UsageReport;
}

/** Above this utilization of its event loop, the generator's own queueing distorts every duration. */
const saturatedUtilization = 0.9;

/** Below this CPU usage, other processes are the cause of the saturation. */
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
  const { figures, info, usage, namedByThresholds, interrupted, ...rest } = parts;
  const invalidBecause = invalidReasons(figures, usage);
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
      // After Ctrl-C, unfinished runs are expected.
      if (interrupted && name === 'runs_unfinished') return false;
      return figures.counted(name) > 0 && !namedByThresholds.has(name);
    }),
    usage,
  };
}

function invalidReasons(figures: Figures, { generator }: UsageReport): string[] {
  const reasons: string[] = [];
  if (generator.loopUtilization > saturatedUtilization) {
    const cpu = Math.round(generator.cpuPercent);
    reasons.push(
      `the load generator was saturated: its event loop was busy ${Math.round(generator.loopUtilization * 100)} % ` +
        `of the time, with ${cpu} % of a core; ` +
        (cpu < busyCpuPercent ? 'reduce the load of other processes' : 'use fewer runs or subscribers'),
    );
  }
  if (figures.counted('runs_started') === 0) {
    reasons.push(
      'no run was started during the measurement; use a longer --duration or a lower --concurrency',
    );
  }
  return reasons;
}

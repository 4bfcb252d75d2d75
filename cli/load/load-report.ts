import type { ServerInfo } from '@stagewire/client';
import type { CounterName, Figures, TrendName } from './figures.ts';
import type { LoadBreak } from './break-finder.ts';
import type { LoadSettings } from './load-settings.ts';
import { mustBeZero } from './must-be-zero.ts';
import { saturatedUtilization } from './saturation.ts';
import type { SeriesPoint } from './series.ts';
import type { ScenarioRun } from './scenario.ts';
import type { ThresholdResult } from './threshold.ts';
import type { TrendSummary } from './trend.ts';
import type { UsageReport } from './usage-monitor.ts';

/** The JSON report of `--json`. All durations are in milliseconds. */
export interface LoadReport {
  /** The version of this format; incremented when a field is removed or changes its meaning. */
  readonly reportVersion: 2;
  readonly startedAt: string;
  readonly measuredMs: number;
  /** Of the first address. */
  readonly url: string;
  readonly server: { readonly version: string; readonly protocolVersion: number };
  /** Each with its part of the figures. */
  readonly addresses: readonly AddressReport[];
  readonly machine: Machine;
  readonly settings: ReportedSettings;
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
  /** By code: the message of its first error. */
  readonly errorMessages: Readonly<Record<string, string>>;
  /** Commands that the state of their run does not allow, by code. */
  readonly rejections: Readonly<Record<string, number>>;
  readonly thresholds: readonly ThresholdResult[];
  /** Counters that must be 0, are not, and are not named by a threshold. */
  readonly broken: readonly CounterName[];
  /** The first violation of each threshold, in order of time. */
  readonly breaks: readonly LoadBreak[];
  /** Runs were no longer started after the first one (`--stop-at-break`). */
  readonly stoppedAtBreak: boolean;
  readonly usage: UsageReport;
  /** One point per second of the measurement. */
  readonly series: readonly SeriesPoint[];
}

/** The scenario without the inputs of its runs, which may be large. */
export interface ReportedSettings extends Omit<LoadSettings, 'scenario'> {
  readonly scenario: readonly {
    readonly name: string;
    readonly weight: number;
    readonly commands: ScenarioRun['commands'];
  }[];
}

export interface AddressReport {
  readonly url: string;
  readonly version: string;
  readonly trends: Readonly<Record<TrendName, TrendSummary>>;
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly errors: Readonly<Record<string, number>>;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
}

export interface MeasuredAddress {
  readonly url: string;
  readonly info: ServerInfo;
  readonly figures: Figures;
}

export interface LoadReportParts {
  readonly startedAt: string;
  readonly measuredMs: number;
  /** At least one. */
  readonly addresses: readonly MeasuredAddress[];
  readonly machine: Machine;
  readonly settings: LoadSettings;
  readonly interrupted: boolean;
  readonly figures: Figures;
  readonly thresholds: readonly ThresholdResult[];
  /** The figures that thresholds name. */
  readonly namedByThresholds: ReadonlySet<string>;
  readonly breaks: readonly LoadBreak[];
  readonly stoppedAtBreak: boolean;
  readonly series: readonly SeriesPoint[];
  readonly usage: UsageReport;
  /** No address responds at the end: the server has stopped, or hangs. */
  readonly isServerGone: boolean;
}

/** Below this CPU usage, other processes are the cause of the saturation. */
const busyCpuPercent = 60;

export function createLoadReport(parts: LoadReportParts): LoadReport {
  const {
    figures,
    addresses,
    usage,
    namedByThresholds,
    interrupted,
    settings,
    series,
    isServerGone,
    ...rest
  } = parts;
  const [first] = addresses;
  if (first === undefined) throw new RangeError('a report needs an address');
  const { url, info } = first;
  const invalidBecause = invalidReasons(figures, { usage, isServerGone, interrupted });
  return {
    reportVersion: 2,
    ...rest,
    settings: {
      ...settings,
      scenario: settings.scenario.map(({ name, weight, commands }) => ({ name, weight, commands })),
    },
    url,
    server: { version: info.version, protocolVersion: info.protocolVersion },
    addresses: addresses.map((address) => ({
      url: address.url,
      version: address.info.version,
      trends: address.figures.trendSummaries(),
      counters: address.figures.counters(),
      errors: address.figures.errors(),
    })),
    valid: invalidBecause.length === 0,
    invalidBecause,
    interrupted,
    trends: figures.trendSummaries(),
    counters: figures.counters(),
    errors: figures.errors(),
    errorMessages: figures.errorMessages(),
    rejections: figures.rejections(),
    broken: mustBeZero.filter((name) => {
      // After Ctrl-C, unfinished runs are expected.
      if (interrupted && name === 'runs_unfinished') return false;
      return figures.counted(name) > 0 && !namedByThresholds.has(name);
    }),
    usage,
    series,
  };
}

function invalidReasons(
  figures: Figures,
  {
    usage: { generator },
    isServerGone,
    interrupted,
  }: Pick<LoadReportParts, 'usage' | 'isServerGone' | 'interrupted'>,
): string[] {
  const reasons: string[] = [];
  if (isServerGone) {
    reasons.push('the server does not respond any more; see its output for why it has stopped');
  }
  if (generator.loopUtilization > saturatedUtilization) {
    const cpu = Math.round(generator.cpuPercent);
    reasons.push(
      `the load generator was saturated: its event loop was busy ${Math.round(generator.loopUtilization * 100)} % ` +
        `of the time, with ${cpu} % of a core; ` +
        (cpu < busyCpuPercent ? 'reduce the load of other processes' : 'use fewer runs or subscribers'),
    );
  }
  if (figures.counted('runs_started') === 0) {
    const failed = figures.counted('errors') > 0;
    reasons.push(
      `no run was started during the measurement${failed || interrupted ? '' : '; use a longer --duration or a lower --concurrency'}`,
    );
  }
  return reasons;
}

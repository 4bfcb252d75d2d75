import type { EventLog } from '../../log/event-log.ts';
import type { RandomSource } from '../../runtime/random.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AttemptPromptsOptions } from '../requests/attempt-prompts.ts';
import type { MeteredAppends } from './append-meter.ts';
import type { CostOptions } from './add-costs.ts';
import type { RetryDelayOptions } from './backoff.ts';
import type { GrowthLimitOptions } from './growth-limit.ts';
import type { LogWatch } from './log-watch.ts';
import type { OutputPaceOptions } from './output-pace.ts';
import type { OpenCallOptions } from './open-call.ts';
import type { WriteBufferOptions } from './write-buffer.ts';

/** What all executors of a server share. */
export interface ExecutorOptions
  extends
    RetryDelayOptions,
    WriteBufferOptions,
    OutputPaceOptions,
    AttemptPromptsOptions,
    CostOptions,
    MeteredAppends,
    Omit<GrowthLimitOptions, 'chargeGrowth' | 'onLimitReached'>,
    Omit<OpenCallOptions, 'onOutput' | 'prompts' | 'drained'> {
  readonly log: EventLog;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly logWatch: LogWatch;
  /** Pending commands of one run. @default 64 */
  readonly maxPendingCommands: number;
}

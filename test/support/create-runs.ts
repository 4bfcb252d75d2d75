import type { ExecutorOptions } from '../../server/runs/execute/executor-options.ts';
import { createExecutorFactory } from '../../server/runs/execute/run-executor.ts';
import { createLogWatch } from '../../server/runs/execute/log-watch.ts';
import { noLimits, type LimitSettings } from '../../server/limits/limit-settings.ts';
import { createOwnerLimits } from '../../server/limits/owner-limits.ts';
import { createSupervisor, type Supervisor, type SupervisorOptions } from '../../server/runs/supervisor.ts';

export type RunsOptions = Omit<SupervisorOptions, 'createExecutor' | 'logWatch' | 'limits'> &
  Omit<ExecutorOptions, 'logWatch'> & {
    readonly logRetryMs: number;
    readonly maxQueuedRuns: number;
    /** @default nothing but `maxQueuedRuns` is limited */
    readonly limitSettings?: LimitSettings | undefined;
  };

/** All runs of a server, put together as `startApp` does. */
export function createRuns(options: RunsOptions): Supervisor {
  const logWatch = createLogWatch(options);
  const createExecutor = createExecutorFactory({ ...options, logWatch });
  const { limitSettings = noLimits, maxQueuedRuns: queuedRuns } = options;
  const settings = { ...limitSettings, server: { ...limitSettings.server, queuedRuns } };
  const limits = createOwnerLimits({ ...options, settings, shared: options.cluster?.limits });
  return createSupervisor({ ...options, limits, logWatch, createExecutor });
}

import type { ExecutorOptions } from '../../server/runs/execute/executor-options.ts';
import { createExecutorFactory } from '../../server/runs/execute/run-executor.ts';
import { createLogWatch } from '../../server/runs/execute/log-watch.ts';
import { createSupervisor, type Supervisor, type SupervisorOptions } from '../../server/runs/supervisor.ts';

export type RunsOptions = Omit<SupervisorOptions, 'createExecutor' | 'logWatch'> &
  Omit<ExecutorOptions, 'logWatch'> & { readonly logRetryMs: number };

/** All runs of a server, put together as `startApp` does. */
export function createRuns(options: RunsOptions): Supervisor {
  const logWatch = createLogWatch(options);
  const createExecutor = createExecutorFactory({ ...options, logWatch });
  return createSupervisor({ ...options, logWatch, createExecutor });
}

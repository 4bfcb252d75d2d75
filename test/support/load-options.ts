import type { LoadOptions } from '../../cli/load/load-settings.ts';

/** Options of `load` with which nothing disturbs a run. */
export const loadOptions: LoadOptions = {
  concurrency: 10,
  subscribers: 2,
  feedSubscribers: 0,
  transport: 'ws',
  steer: 0,
  continue: 0,
  redirect: 0,
  cancel: 0,
  drop: 0,
  slow: 0,
  dropEvery: 1000,
  slowRate: 1000,
  model: 'rehearsal',
  warmup: 0,
  drain: 1000,
  seed: 1,
};

import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Machine } from './load-report.ts';

/** The machine of the load generator. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}

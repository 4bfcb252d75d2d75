import { noLimits, type LimitSettings } from './limits/limit-settings.ts';
import { createOwnerLimits, type OwnerLimitsOptions } from './limits/owner-limits.ts';
import type { LoadConfig } from './process/load-settings.ts';
import { defaultRunOptions, runOptionsOf, type RunOptions } from './process/run-options.ts';
import { resolveTransportLimits, type TransportLimits } from './transport/limits.ts';

export interface OpenLimitsOptions {
  readonly config: LoadConfig;
  /** Instead of the configuration's. */
  readonly runs?: Partial<RunOptions> | undefined;
  readonly transport?: Partial<TransportLimits> | undefined;
}

/** All limits of a server: of its transport, of the execution of runs, and of owners. */
export function openLimits(
  { config, runs, transport }: OpenLimitsOptions,
  parts: Omit<OwnerLimitsOptions, 'settings'>,
) {
  const { maxConnections, limits = noLimits } = config;
  const configuredQueue = limits.server.queuedRuns;
  const maxQueuedRuns = configuredQueue === Infinity ? defaultRunOptions.maxQueuedRuns : configuredQueue;
  const runOptions = runOptionsOf(config, { maxQueuedRuns, ...runs });
  const server = { ...limits.server, queuedRuns: runOptions.maxQueuedRuns };
  const settings: LimitSettings = { ...limits, server };
  const ofTransport = { ...(maxConnections === undefined ? {} : { maxConnections }), ...transport };
  return {
    runOptions,
    transportLimits: resolveTransportLimits(ofTransport),
    limits: createOwnerLimits({ ...parts, settings }),
  };
}

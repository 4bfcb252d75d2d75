import { useState } from 'react';
import type { AttemptState } from '@stagewire/client';
import { useConnection } from '@stagewire/client/react';
import { createRateMeter } from './rate-meter.ts';
import { rateOf, roughTokens } from './stage-facts.ts';

export interface RateClock {
  /** The time of the run's last event. */
  readonly updatedAt: string;
  /** By the server's clock, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * Tokens per second: of an ended attempt from its usage, of a running one an estimate over the last seconds. Text that
 * was there when the page was opened does not count. Without a connection the rate is unknown.
 */
export function useRate(attempt: AttemptState, { updatedAt, nowMs }: RateClock): number | undefined {
  const [meter] = useState(createRateMeter);
  const { status } = useConnection();
  if (attempt.status !== 'running') return rateOf(attempt);
  const chars = attempt.text.length + attempt.reasoning.length;
  const rate = meter.measure({ atMs: Date.parse(updatedAt), chars }, nowMs);
  const tokens = rate === undefined ? 0 : roughTokens(rate);
  return tokens === 0 || status === 'lost' ? undefined : tokens;
}

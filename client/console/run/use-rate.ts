import { useRef } from 'react';
import type { AttemptState } from '../../generated/contract.ts';
import { rateOf, roughTokens } from './stage-facts.ts';

interface Sample {
  readonly atMs: number;
  readonly chars: number;
}

const windowMs = 4000;

/**
 * Tokens per second: of an attempt that is over as its usage says, of one that runs roughly, from what came in the
 * last seconds. Text that was there when the page was opened does not count.
 */
export function useRate(attempt: AttemptState, nowMs: number): number | undefined {
  const samples = useRef<Sample[]>([]);
  if (attempt.status !== 'running') return rateOf(attempt);
  const chars = attempt.text.length + attempt.reasoning.length;
  const last = samples.current.at(-1);
  if (last === undefined || nowMs > last.atMs) {
    samples.current = [...samples.current.filter((it) => it.atMs > nowMs - windowMs), { atMs: nowMs, chars }];
  }
  const first = samples.current[0];
  const newest = samples.current.at(-1);
  if (first === undefined || newest === undefined || newest.atMs - first.atMs < 900) return undefined;
  const rate = (roughTokens(newest.chars - first.chars) * 1000) / (newest.atMs - first.atMs);
  return rate > 0 ? rate : undefined;
}

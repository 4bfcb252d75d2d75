import type { Usage } from '@stagewire/client';
import { grouped } from '@stagewire/shared/units/count';
import { duration } from '@stagewire/shared/units/duration';

/** A duration that is often below a second: `22 ms`, otherwise the format of `duration`. */
export function latency(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.floor(ms))} ms` : duration(ms);
}

/** `8,489 in, 2,595 out`, with a note if the numbers are not exact. */
export function tokens(usage: Usage): string {
  const doubt = { final: '', partial: ' at least', estimated: ' estimated' }[usage.source];
  const cached = usage.cachedInputTokens ?? 0;
  const ofCache = cached === 0 ? '' : ` (${grouped(cached)} from a cache)`;
  return `${grouped(usage.inputTokens)} in${ofCache}, ${grouped(usage.outputTokens)} out${doubt === '' ? '' : `,${doubt}`}`;
}

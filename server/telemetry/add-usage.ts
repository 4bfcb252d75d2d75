import type { Usage } from '@stagewire/shared';

/** Without the counts that only one of them has: a sum of a part would be taken for that of all. */
export function addUsage(one: Usage | undefined, other: Usage): Usage {
  if (one === undefined) return other;
  const sum = (name: 'cachedInputTokens' | 'cacheWriteInputTokens') =>
    one[name] === undefined || other[name] === undefined ? {} : { [name]: one[name] + other[name] };
  const order: readonly Usage['source'][] = ['estimated', 'partial', 'final'];
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    ...sum('cachedInputTokens'),
    ...sum('cacheWriteInputTokens'),
    source: order[Math.min(order.indexOf(one.source), order.indexOf(other.source))] ?? 'estimated',
  };
}

import type { Usage } from '@stagewire/shared';
import { estimateUsage } from '../providers/usage.ts';
import { phaseOf, type RunProgress } from './progress.ts';
import { requestFor } from './request-for.ts';

/** What an attempt that nobody saw the end of has used, as far as its log can tell: an estimate. */
export function cutOffUsage(progress: RunProgress): Usage {
  const phase = phaseOf(progress.run);
  if (phase.is !== 'attempt') {
    return { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'estimated' };
  }
  const { attempt } = phase;
  const written = attempt.text.slice(attempt.keptChars);
  return estimateUsage(requestFor(progress, attempt.model), written, attempt.reasoning);
}

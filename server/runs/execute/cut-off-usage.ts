import { noUsage, StagewireError, type Usage } from '@stagewire/shared';
import { estimateUsage } from '../../providers/usage.ts';
import { phaseOf } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import { requestFor } from '../requests/request-for.ts';

/** What an attempt that nobody saw the end of has used, as far as its log can tell: an estimate. */
export function cutOffUsage(progress: RunProgress): Usage {
  const phase = phaseOf(progress.run);
  if (phase.is !== 'attempt') return { ...noUsage, source: 'estimated' };
  const { attempt } = phase;
  const written = attempt.text.slice(attempt.keptChars);
  try {
    return estimateUsage(requestFor(progress, attempt.model).request, written, attempt.reasoning);
  } catch (error) {
    // Nothing was sent for a role that this server does not know.
    if (error instanceof StagewireError) return { ...noUsage, source: 'estimated' };
    throw error;
  }
}

import { noUsage, StagewireError, type Usage } from '@stagewire/shared';
import { estimateUsage } from '../../providers/usage.ts';
import { phaseOf } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import { requestFor } from '../requests/request-for.ts';

/** Estimated usage of an attempt that was interrupted, from its log. */
export function interruptedUsage(progress: RunProgress): Usage {
  const phase = phaseOf(progress.run);
  if (phase.is !== 'attempt') return { ...noUsage, source: 'estimated' };
  const { attempt } = phase;
  const written = attempt.text.slice(attempt.keptChars);
  try {
    return estimateUsage(requestFor(progress, attempt.model).request, written, attempt.reasoning);
  } catch (error) {
    // This server does not know the role, so no request was sent.
    if (error instanceof StagewireError) return { ...noUsage, source: 'estimated' };
    throw error;
  }
}

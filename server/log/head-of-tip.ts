import { isEnded } from '@stagewire/shared';
import type { Head } from './event-log.ts';
import type { Tip } from './log-storage.ts';

/** The head of a run whose log ends there. */
export function headOfTip({ position, globalPosition, summary, bytes }: Tip): Head {
  if (summary.status === 'unreadable') {
    return { status: 'unreadable', problem: summary.problem ?? '', owner: summary.owner };
  }
  return { status: isEnded(summary) ? 'ended' : 'live', position, globalPosition, summary, bytes };
}

import { counted } from '@stagewire/shared/units/count';
import type { RunWaiting, StageWaiting } from '@stagewire/client';
import { timeLeft, wholeSeconds } from '@stagewire/shared/units/duration';
import { cleanLine } from './clean-text.ts';

/** What a run waits for, in one line; repeated with every heartbeat. */
export function waitingText(event: RunWaiting | StageWaiting): string {
  const elapsed = wholeSeconds(event.elapsedMs);
  if (event.type === 'run.waiting') {
    if (event.phase === 'log') return `the event log cannot be written; retrying every second · ${elapsed}`;
    if (event.phase === 'executor') return `the node that executes the run does not respond · ${elapsed}`;
    const ahead = event.ahead ?? 0;
    return `queued${ahead === 0 ? '' : `, ${counted(ahead, 'run')} ahead`} · ${elapsed}`;
  }
  return `${cleanLine(event.role)} · ${phaseText(event, elapsed)}`;
}

function phaseText(event: StageWaiting, elapsed: string): string {
  switch (event.phase) {
    case 'connecting':
      return `calling the model · ${elapsed}`;
    case 'first-token':
      return `waiting for the first token · ${elapsed}`;
    case 'reasoning':
      return `the model is reasoning · ${elapsed}`;
    case 'stalled':
      return `no data from the provider for ${wholeSeconds(event.sinceLastByteMs ?? event.elapsedMs)}`;
    case 'backoff':
      return event.retryInMs === undefined
        ? `backoff before the next attempt · ${elapsed}`
        : `next attempt in ${timeLeft(event.retryInMs)}`;
    case 'call-queued':
      return `waiting until the server may call the model: ${callsAhead(event)} · ${elapsed}`;
    case 'throttled':
      return `paused by the provider, ${callsAhead(event)}; next call in ${timeLeft(event.retryInMs ?? 0)} · ${elapsed}`;
    default:
      // A phase of a later version.
      return `${cleanLine(event.phase satisfies never)} · ${elapsed}`;
  }
}

function callsAhead({ ahead = 0 }: StageWaiting): string {
  return ahead === 0 ? 'it is the next' : `${counted(ahead, 'call')} ahead`;
}

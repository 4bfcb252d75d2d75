import { useState } from 'react';
import { duration, timeLeft, wholeSeconds } from '@stagewire/client';
import type { AttemptState, RunState, RunWaiting, StageState, StageWaiting } from '@stagewire/client';
import { useServerClock } from '../shell/server-clock.ts';
import { useNow } from '../shell/use-now.ts';

export interface WaitingLineProps {
  readonly state: RunState;
  readonly waiting: RunWaiting | StageWaiting | undefined;
  readonly stage: StageState | undefined;
  readonly attempt: AttemptState | undefined;
  /** There is no connection, so the current status is unknown. */
  readonly lost: boolean;
}

/** What a live run waits for while no text arrives. */
export function WaitingLine({ state, waiting, stage, attempt, lost }: WaitingLineProps) {
  const now = useNow(true);
  const clock = useServerClock();
  // Heartbeats come at most once a second; the time between them is added here. An effect would be too late: for one
  // frame the time since the previous heartbeat would be added to the new one.
  const [heard, setHeard] = useState(() => ({ waiting, at: clock.now() }));
  if (heard.waiting !== waiting) setHeard({ waiting, at: clock.now() });
  const since = heard.waiting === waiting ? Math.max(0, now - heard.at) : 0;
  const line = lost
    ? disconnectedLine(state, waiting, now)
    : lineOf({ state, waiting, stage, attempt }, since, now);
  if (line === undefined) return null;
  return (
    <p className={`waiting-line is-${line.tone}`}>
      <span className="waiting-dot" aria-hidden="true" />
      {line.text}
    </p>
  );
}

type Tone = 'calm' | 'warn';

/** The last known status. A live run has an event or a heartbeat at least once a second. */
function disconnectedLine(
  { status, updatedAt }: RunState,
  waiting: WaitingLineProps['waiting'],
  now: number,
): { text: string; tone: Tone } {
  const lastAt = Math.max(Date.parse(updatedAt), Date.parse(waiting?.at ?? updatedAt));
  const ago = wholeSeconds(now - lastAt);
  return {
    text: `Disconnected. Live status unavailable (last known: ${status}, ${ago} ago)`,
    tone: 'warn',
  };
}

function lineOf(
  { state, waiting, stage, attempt }: Omit<WaitingLineProps, 'lost'>,
  since: number,
  now: number,
): { text: string; tone: Tone } | undefined {
  if (waiting?.type === 'run.waiting') return runLine(waiting, since);
  if (waiting?.type === 'stage.waiting') return stageLine(waiting, since);
  if (state.status === 'queued') return { text: 'Queued, waiting for a free slot', tone: 'calm' };
  if (stage?.status === 'backoff' && attempt?.endedAt !== undefined) {
    const left = Date.parse(attempt.endedAt) + (attempt.retryInMs ?? 0) - now;
    return { text: `Attempt failed; retrying ${inTime(left)}`, tone: 'warn' };
  }
  if (attempt?.status === 'running' && attempt.text.length === attempt.keptChars) {
    return attempt.reasoning === ''
      ? { text: 'Calling the model', tone: 'calm' }
      : { text: 'The model is reasoning', tone: 'calm' };
  }
  return undefined;
}

function runLine({ phase, ahead, elapsedMs }: RunWaiting, since: number): { text: string; tone: Tone } {
  const time = duration(elapsedMs + since);
  if (phase === 'log') {
    return {
      text: `The server cannot write its log; retrying every second. No data is lost (${time})`,
      tone: 'warn',
    };
  }
  if (phase === 'executor') {
    return {
      text: `The node of this run does not respond; the run continues there or on another node (${time})`,
      tone: 'warn',
    };
  }
  const place = ahead === undefined || ahead === 0 ? 'next in line' : `${ahead} ahead`;
  return { text: `Queued, ${place} (${time})`, tone: 'calm' };
}

function stageLine(it: StageWaiting, since: number): { text: string; tone: Tone } {
  const time = duration(it.elapsedMs + since);
  const silence = it.sinceLastByteMs === undefined ? undefined : duration(it.sinceLastByteMs + since);
  switch (it.phase) {
    case 'connecting':
      return { text: `Connecting to the provider (${time})`, tone: 'calm' };
    case 'first-token':
      return { text: `Connected, waiting for the first token (${time})`, tone: 'calm' };
    case 'reasoning':
      return { text: `The model is reasoning (${time})`, tone: 'calm' };
    case 'stalled':
      return { text: `Stalled: no data from the provider for ${silence ?? time}`, tone: 'warn' };
    case 'backoff':
      return {
        text: `Attempt failed; retrying ${inTime((it.retryInMs ?? 0) - since)}`,
        tone: 'warn',
      };
    case 'call-queued':
      return { text: `Waiting for a free call to the provider, ${placeOf(it)} (${time})`, tone: 'calm' };
    case 'throttled':
      return {
        text: `Paused by the provider: next call ${inTime((it.retryInMs ?? 0) - since)}, ${placeOf(it)} (${time})`,
        tone: 'warn',
      };
    default:
      // Of a later version.
      return { text: `Waiting: ${String(it.phase satisfies never)} (${time})`, tone: 'calm' };
  }
}

function placeOf({ ahead }: StageWaiting): string {
  return ahead === undefined || ahead === 0 ? 'next in line' : `${ahead} ahead`;
}

function inTime(ms: number): string {
  return ms < 500 ? 'now' : `in ${timeLeft(ms)}`;
}

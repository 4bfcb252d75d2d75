import { useEffect, useState } from 'react';
import { duration, timeLeft, wholeSeconds } from '@stagewire/client';
import type { AttemptState, RunState, RunWaiting, StageState, StageWaiting } from '@stagewire/client';
import { useServerClock } from '../shell/server-clock.ts';
import { useNow } from '../shell/use-now.ts';

export interface WaitingLineProps {
  readonly state: RunState;
  readonly waiting: RunWaiting | StageWaiting | undefined;
  readonly stage: StageState | undefined;
  readonly attempt: AttemptState | undefined;
  /** Is there no connection, so that nothing is known of this moment? */
  readonly lost: boolean;
}

/** What a live run is doing at this moment when no text comes: never a silence without a word for it. */
export function WaitingLine({ state, waiting, stage, attempt, lost }: WaitingLineProps) {
  const now = useNow(true);
  const [heardAt, setHeardAt] = useState(now);
  // Between two reports time goes on: they come once a second at the most.
  const clock = useServerClock();
  useEffect(() => setHeardAt(clock.now()), [waiting, clock]);
  const since = Math.max(0, now - heardAt);
  const said = lost ? unknown(state, waiting, now) : sentence({ state, waiting, stage, attempt }, since, now);
  if (said === undefined) return null;
  return (
    <p className={`waiting-line is-${said.tone}`}>
      <span className="waiting-dot" aria-hidden="true" />
      {said.text}
    </p>
  );
}

type Tone = 'calm' | 'warn';

/** All that can be said without a connection. A live run is heard of once a second: by an event, or by what it waits for. */
function unknown(
  { status, updatedAt }: RunState,
  waiting: WaitingLineProps['waiting'],
  now: number,
): { text: string; tone: Tone } {
  const heardAt = Math.max(Date.parse(updatedAt), Date.parse(waiting?.at ?? updatedAt));
  const ago = wholeSeconds(now - heardAt);
  return {
    text: `What the run does now is not known: it was ${status} when last heard of, ${ago} ago`,
    tone: 'warn',
  };
}

function sentence(
  { state, waiting, stage, attempt }: Omit<WaitingLineProps, 'lost'>,
  since: number,
  now: number,
): { text: string; tone: Tone } | undefined {
  if (waiting?.type === 'run.waiting') return runSentence(waiting, since);
  if (waiting?.type === 'stage.waiting') return stageSentence(waiting, since);
  if (state.status === 'queued') return { text: 'Queued: waiting for a free place', tone: 'calm' };
  if (stage?.status === 'backoff' && attempt?.endedAt !== undefined) {
    const left = Date.parse(attempt.endedAt) + (attempt.retryInMs ?? 0) - now;
    return { text: `The attempt failed; the next one starts ${inTime(left)}`, tone: 'warn' };
  }
  if (attempt?.status === 'running' && attempt.text.length === attempt.keptChars) {
    return attempt.reasoning === ''
      ? { text: 'Calling the model', tone: 'calm' }
      : { text: 'The model is reasoning', tone: 'calm' };
  }
  return undefined;
}

function runSentence({ phase, ahead, elapsedMs }: RunWaiting, since: number): { text: string; tone: Tone } {
  const time = duration(elapsedMs + since);
  if (phase === 'log') {
    return {
      text: `The server cannot write its log. It tries again every second; nothing is lost (${time})`,
      tone: 'warn',
    };
  }
  if (phase === 'executor') {
    return {
      text: `The node that executes the run is not heard; it goes on there or on another (${time})`,
      tone: 'warn',
    };
  }
  const place = ahead === undefined || ahead === 0 ? 'next in line' : `${ahead} ahead`;
  return { text: `Queued, ${place} (${time})`, tone: 'calm' };
}

function stageSentence(it: StageWaiting, since: number): { text: string; tone: Tone } {
  const time = duration(it.elapsedMs + since);
  const silence = it.sinceLastByteMs === undefined ? undefined : duration(it.sinceLastByteMs + since);
  switch (it.phase) {
    case 'connecting':
      return { text: `Connecting to the model's provider (${time})`, tone: 'calm' };
    case 'first-token':
      return { text: `Connected, waiting for the first token (${time})`, tone: 'calm' };
    case 'reasoning':
      return { text: `The model is reasoning (${time})`, tone: 'calm' };
    case 'stalled':
      return { text: `Stalled: nothing from the provider for ${silence ?? time}`, tone: 'warn' };
    case 'backoff':
      return {
        text: `The attempt failed; the next one starts ${inTime((it.retryInMs ?? 0) - since)}`,
        tone: 'warn',
      };
    default:
      // A phase of a later version.
      return { text: `Waiting: ${String(it.phase satisfies never)} (${time})`, tone: 'calm' };
  }
}

function inTime(ms: number): string {
  return ms < 500 ? 'now' : `in ${timeLeft(ms)}`;
}

import type { RunInvariant } from './run-invariant.ts';
import { isDelta, isEnding, isTerminal } from '../event-kinds.ts';
import { isLinkEvent } from '../link-kinds.ts';
import type { EventOf, RunEvent } from '../events.ts';
import { attemptOf, lengthOf } from './attempt-of.ts';

/** One terminal event, and only events about links to the run follow it. */
export const oneTerminalEvent: RunInvariant = (events) => {
  const terminal = events.filter(isTerminal);
  if (terminal.length !== 1) return [`there are ${terminal.length} terminal events: ${typesOf(terminal)}`];
  const last = events.findLast((event) => !isLinkEvent(event));
  return last === terminal[0] ? [] : [`${last?.type ?? 'nothing'} comes after ${typesOf(terminal)}`];
};

/** Every attempt has exactly one ending, after its start, and only events of the same append follow. */
export const oneEndingPerAttempt: RunInvariant = (events) => {
  const starts = events.filter((event) => event.type === 'stage.started');
  return [
    ...starts.flatMap((start) => {
      const endings = events.filter((event) => isEnding(event) && attemptOf(event) === attemptOf(start));
      return endings.length === 1 ? [] : [`attempt ${attemptOf(start)} has ${endings.length} endings`];
    }),
    ...events.flatMap((event, index) => {
      if (!isDelta(event)) return [];
      const before = events
        .slice(0, index)
        .some((other) => isEnding(other) && attemptOf(other) === attemptOf(event));
      return before ? [`${event.type} at seq ${event.seq} comes after the end of its attempt`] : [];
    }),
  ];
};

/** Stages and attempts are counted from 1 without a gap. */
export const ordinalsWithoutGaps: RunInvariant = (events) => {
  const attempts = new Map<number, number>();
  return events.flatMap((event) => {
    if (event.type !== 'stage.started') return [];
    const expected = attempts.has(event.stage) ? (attempts.get(event.stage) ?? 0) + 1 : 1;
    const isNewStage = expected === 1;
    const stageFits = isNewStage ? event.stage === attempts.size + 1 : event.stage === attempts.size;
    attempts.set(event.stage, event.attempt);
    return stageFits && event.attempt === expected ? [] : [`attempt ${attemptOf(event)} is out of order`];
  });
};

/** Each delta begins where the last one of its type ended: text at `keptChars` first, reasoning at 0 (E4). */
export const offsetsWithoutGaps: RunInvariant = (events) => {
  const ends = new Map<string, number>();
  return events.flatMap((event) => {
    if (event.type === 'stage.started') ends.set(`stage.delta ${attemptOf(event)}`, event.keptChars);
    if (!isDelta(event)) return [];
    const key = `${event.type} ${attemptOf(event)}`;
    const expected = ends.get(key) ?? 0;
    ends.set(key, event.offset + event.text.length);
    return event.offset === expected
      ? []
      : [`${key} at seq ${event.seq} has offset ${event.offset}, not ${expected}`];
  });
};

/** `chars` of an ending is the length of the attempt's text, kept text included (E6). */
export const charsAreTheTextsLength: RunInvariant = (events) =>
  events.filter(isEnding).flatMap((ending) => {
    const length = lengthOf(events, ending);
    return ending.chars === length
      ? []
      : [`${ending.type} ${attemptOf(ending)} has chars ${ending.chars}, not ${length}`];
  });

/** `keptChars` follows from the cause of the attempt (E5). */
export const keptCharsByCause: RunInvariant = (events) =>
  events.flatMap((event) => {
    if (event.type !== 'stage.started') return [];
    const allowed = keptCharsAllowed(events, event);
    return allowed.includes(event.keptChars)
      ? []
      : [
          `attempt ${attemptOf(event)} (${event.cause}) has keptChars ${event.keptChars}, not ${allowed.join(' or ')}`,
        ];
  });

/** Tokens read from and written to a cache are separate parts of the input, reasoning is part of the output (V2). */
export const usageAddsUp: RunInvariant = (events) =>
  events.flatMap((event) => {
    if (!isEnding(event) && event.type !== 'run.completed') return [];
    const { inputTokens, outputTokens, reasoningTokens } = event.usage;
    const { cachedInputTokens = 0, cacheWriteInputTokens = 0 } = event.usage;
    return [
      ...(cachedInputTokens + cacheWriteInputTokens <= inputTokens
        ? []
        : [`${event.type} at seq ${event.seq} has more cached input than input`]),
      ...(reasoningTokens <= outputTokens
        ? []
        : [`${event.type} at seq ${event.seq} has more reasoning than output`]),
    ];
  });

function keptCharsAllowed(events: readonly RunEvent[], started: EventOf<'stage.started'>): readonly number[] {
  const { stage, attempt, cause } = started;
  const isBefore = (event: RunEvent) =>
    'attempt' in event && 'stage' in event && event.stage === stage && event.attempt === attempt - 1;
  const before = events.find((event) => event.type === 'stage.started' && isBefore(event));
  const ending = events.find(
    (event): event is EventOf<'stage.completed'> => isEnding(event) && isBefore(event),
  );
  switch (cause) {
    case 'steer':
    case 'resume':
      return [0, ending?.chars ?? 0];
    case 'continue':
    case 'fork':
      return [ending?.chars ?? 0];
    case 'retry':
      return [before?.type === 'stage.started' ? before.keptChars : 0];
    default:
      return [0];
  }
}

function typesOf(events: readonly RunEvent[]): string {
  return events.length === 0 ? 'none' : events.map(({ type }) => type).join(', ');
}

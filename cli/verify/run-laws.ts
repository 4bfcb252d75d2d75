import { isDelta, isEnding, isTerminal, isTransient, type EventOf, type RunEvent } from '@stagewire/shared';
import { attemptOf, lengthOf } from './attempt-of.ts';

/** A law of a run's events: what is wrong with them, in a sentence for each; nothing if all is right. */
export type RunLaw = (events: readonly RunEvent[]) => readonly string[];

/** `firstSeq ?? seq` is always the last seq + 1 (D7). */
export function chainLaw(after: number): RunLaw {
  return (events) => {
    const problems: string[] = [];
    let last = after;
    for (const event of events) {
      if (isTransient(event)) {
        if (event.seq !== last)
          problems.push(`${event.type} has seq ${event.seq}, the last one sent was ${last}`);
        continue;
      }
      const first = event.firstSeq ?? event.seq;
      if (first !== last + 1) {
        const kind = first <= last ? 'comes again' : `leaves out ${first - last - 1}`;
        problems.push(`${event.type} at seq ${event.seq} ${kind}: after ${last} it begins with ${first}`);
      }
      last = Math.max(last, event.seq);
    }
    return problems;
  };
}

/** One terminal event, and it is the last. */
export const oneTerminalEvent: RunLaw = (events) => {
  const terminal = events.filter(isTerminal);
  if (terminal.length !== 1) return [`there are ${terminal.length} terminal events: ${typesOf(terminal)}`];
  return events.at(-1) === terminal[0]
    ? []
    : [`${events.at(-1)?.type ?? 'nothing'} comes after ${typesOf(terminal)}`];
};

/** Every attempt has exactly one ending, after its start, and nothing of it follows but what its append holds. */
export const oneEndingPerAttempt: RunLaw = (events) => {
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

/** Every accepted command has exactly one outcome, after its acceptance. */
export const oneOutcomePerCommand: RunLaw = (events) => {
  const accepted = events.filter((event) => event.type === 'command.accepted');
  return accepted.flatMap((command) => {
    const outcomes = events.filter(
      (event) =>
        (event.type === 'command.applied' || event.type === 'command.dropped') &&
        event.commandId === command.commandId,
    );
    const [outcome] = outcomes;
    if (outcomes.length !== 1 || outcome === undefined) {
      return [`the ${command.command.kind} accepted at seq ${command.seq} has ${outcomes.length} outcomes`];
    }
    return outcome.seq > command.seq ? [] : [`the outcome at seq ${outcome.seq} comes before its acceptance`];
  });
};

/** Stages and attempts are counted from 1 without a gap. */
export const ordinalsWithoutGaps: RunLaw = (events) => {
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
export const offsetsWithoutGaps: RunLaw = (events) => {
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
export const charsAreTheTextsLength: RunLaw = (events) =>
  events.filter(isEnding).flatMap((ending) => {
    const length = lengthOf(events, ending);
    return ending.chars === length
      ? []
      : [`${ending.type} ${attemptOf(ending)} has chars ${ending.chars}, not ${length}`];
  });

/** `keptChars` follows from how the attempt came about (E5). */
export const keptCharsByCause: RunLaw = (events) =>
  events.flatMap((event) => {
    if (event.type !== 'stage.started') return [];
    const allowed = keptCharsAllowed(events, event);
    return allowed.includes(event.keptChars)
      ? []
      : [
          `attempt ${attemptOf(event)} (${event.cause}) has keptChars ${event.keptChars}, not ${allowed.join(' or ')}`,
        ];
  });

/** `retryInMs` is there if and only if another attempt follows (E11). */
export const retryIsAnnounced: RunLaw = (events) =>
  events.flatMap((event) => {
    if (event.type !== 'stage.failed') return [];
    const next = `${event.stage}.${event.attempt + 1}`;
    const follows = events.some((other) => other.type === 'stage.started' && attemptOf(other) === next);
    if (follows === (event.retryInMs !== undefined)) return [];
    return [
      `attempt ${attemptOf(event)} failed ${follows ? 'without' : 'with'} retryInMs, and ${next} ${follows ? 'follows' : 'does not follow'}`,
    ];
  });

/** A continuation follows the cut by length and nothing else, at most three times in a stage, with all the text (A18). */
export const continuesAfterLength: RunLaw = (events) => {
  const counts = new Map<number, number>();
  const attempts = events.filter((event) => event.type === 'stage.started' || isEnding(event));
  return attempts.flatMap((event, index) => {
    const before = attempts[index - 1];
    const next = attempts[index + 1];
    const isCut = event.type === 'stage.interrupted' && event.cause === 'length';
    if (isCut && !(next?.type === 'stage.started' && next.cause === 'continue' && next.stage === event.stage))
      return [`attempt ${attemptOf(event)} was cut by length, and does not go on`];
    if (event.type !== 'stage.started' || event.cause !== 'continue') return [];
    const count = (counts.get(event.stage) ?? 0) + 1;
    counts.set(event.stage, count);
    const fits =
      before?.type === 'stage.interrupted' &&
      before.cause === 'length' &&
      before.stage === event.stage &&
      before.chars > 0;
    return [
      ...(fits ? [] : [`attempt ${attemptOf(event)} goes on, and none was cut by length before it`]),
      ...(count <= 3 ? [] : [`attempt ${attemptOf(event)} is continuation ${count} of its stage`]),
    ];
  });
};

/** A stage has one attempt with cause `repair` at most (A7). */
export const oneRepairPerStage: RunLaw = (events) => {
  const repaired = new Set<number>();
  return events.flatMap((event) => {
    if (event.type !== 'stage.started' || event.cause !== 'repair') return [];
    if (repaired.has(event.stage)) return [`attempt ${attemptOf(event)} is the second repair of its stage`];
    repaired.add(event.stage);
    return [];
  });
};

/** Cached tokens are part of the input, reasoning is part of the output (V2). */
export const usageAddsUp: RunLaw = (events) =>
  events.flatMap((event) => {
    if (!isEnding(event) && event.type !== 'run.completed') return [];
    const { inputTokens, outputTokens, reasoningTokens, cachedInputTokens = 0 } = event.usage;
    return [
      ...(cachedInputTokens <= inputTokens
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

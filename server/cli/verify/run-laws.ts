import { isDelta, isEnding, isTerminal, isTransient, type EventOf, type RunEvent } from '@stagewire/shared';

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

/** Artifacts lie inside their text and come only with a completed coder, refiner or tester (E9). */
export const artifactsInTheirText: RunLaw = (events) =>
  events.flatMap((event) => {
    if (event.type !== 'artifact.recorded') return [];
    const ending = events.find((other) => isEnding(other) && attemptOf(other) === attemptOf(event));
    const problems: string[] = [];
    if (!['coder', 'refiner', 'tester'].includes(event.role))
      problems.push(`${event.path} was written by a ${event.role}`);
    if (ending?.type !== 'stage.completed')
      problems.push(`${event.path} is of an attempt that did not complete`);
    const length = lengthOf(events, event);
    if (event.parts.some(({ offset, chars }) => offset + chars > length))
      problems.push(`${event.path} ends behind its text`);
    return problems;
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

/** Notes come before the review is recorded, which repeats them (E8). */
export const reviewRepeatsItsNotes: RunLaw = (events) =>
  events.flatMap((event, index) => {
    if (event.type !== 'review.recorded') return [];
    const notes = events.flatMap((other, at) =>
      other.type === 'review.noted' && attemptOf(other) === attemptOf(event)
        ? [{ issue: other.issue, at }]
        : [],
    );
    const late = notes
      .filter(({ at }) => at > index)
      .map(({ at }) => `a note at ${at} comes after its review`);
    const sameIssues = JSON.stringify(notes.map(({ issue }) => issue)) === JSON.stringify(event.issues);
    return sameIssues
      ? late
      : [...late, `the review of attempt ${attemptOf(event)} has other issues than its notes`];
  });

/** How long an attempt's text is in the end, by its deltas. */
function lengthOf(
  events: readonly RunEvent[],
  of: { readonly stage: number; readonly attempt: number },
): number {
  let length = 0;
  for (const event of events) {
    if (event.type === 'stage.started' && attemptOf(event) === attemptOf(of)) length = event.keptChars;
    if (event.type === 'stage.delta' && attemptOf(event) === attemptOf(of))
      length = event.offset + event.text.length;
  }
  return length;
}

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
    case 'retry':
      return [before?.type === 'stage.started' ? before.keptChars : 0];
    default:
      return [0];
  }
}

function attemptOf(event: { readonly stage: number; readonly attempt: number } | RunEvent): string {
  return 'attempt' in event && 'stage' in event ? `${event.stage}.${event.attempt}` : '–';
}

function typesOf(events: readonly RunEvent[]): string {
  return events.length === 0 ? 'none' : events.map(({ type }) => type).join(', ');
}

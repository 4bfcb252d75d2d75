import { isEnding } from '../event-kinds.ts';
import type { EventOf, RunEvent } from '../events.ts';
import { fold } from '../fold.ts';
import { filesAt } from '../run-files.ts';
import type { FileState, RunState } from '../state.ts';
import { maxPartsPerFile } from '../text/max-parts-per-file.ts';
import { attemptOf, lengthOf } from './attempt-of.ts';
import { isCopy } from './copy-invariants.ts';
import type { RunInvariant } from './run-invariant.ts';

type FileEvent = EventOf<'artifact.recorded' | 'artifact.removed' | 'artifact.skipped'>;

const mostSkipped = 100;

/** Files, removals and skipped blocks lie within their text (E9, E14, E15). */
export const artifactsInTheirText: RunInvariant = (events) =>
  events.flatMap((event) => {
    if (!isFileEvent(event)) return [];
    const parts = event.type === 'artifact.recorded' ? event.parts : [event];
    const problems: string[] = [];
    if (parts.length === 0 || parts.length > maxPartsPerFile)
      problems.push(`${nameOf(event)} has ${parts.length} parts`);
    const length = lengthOf(events, event);
    if (parts.some(({ offset, chars }) => offset + chars > length))
      problems.push(`${nameOf(event)} ends after its text`);
    return problems;
  });

const writers: ReadonlySet<string> = new Set(['coder', 'refiner', 'tester', 'documenter']);

/** Only roles that write files have files, and only with an ending that allows them (T1, T11). */
export const artifactsByTheirEnding: RunInvariant = (events) =>
  events.flatMap((event, index) => {
    if (!isFileEvent(event) || isCopy(event)) return [];
    const at = events.findIndex((other, place) => place > index && isEnding(other));
    const ending = events[at];
    return [
      ...(writers.has(event.role) ? [] : [`${nameOf(event)} was written by a ${event.role}`]),
      ...(ending !== undefined && recordsFiles(ending, events[at + 1])
        ? []
        : [`${nameOf(event)} is of an attempt that ended otherwise: ${endingText(ending)}`]),
    ];
  });

/** A path is written or removed once per attempt: its last block counts (T5). */
export const eachPathOncePerAttempt: RunInvariant = (events) => {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    if (event.type !== 'artifact.recorded' && event.type !== 'artifact.removed') return [];
    const key = `${attemptOf(event)} ${event.path}`;
    if (seen.has(key)) return [`${event.path} is there twice in attempt ${attemptOf(event)}`];
    seen.add(key);
    return [];
  });
};

/** At most 100 skipped blocks per text (E15). */
export const fewSkippedBlocks: RunInvariant = (events) => {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'artifact.skipped') continue;
    const attempt = attemptOf(event);
    counts.set(attempt, (counts.get(attempt) ?? 0) + 1);
  }
  return [...counts].flatMap(([attempt, count]) =>
    count <= mostSkipped ? [] : [`attempt ${attempt} has ${count} skipped blocks`],
  );
};

/** Files change while an attempt is open, so that `fileHistory` has the files at the end of each one (F8, P19). */
export const filesChangeInOpenAttempts: RunInvariant = (events) => {
  const atEnds: { readonly stage: number; readonly attempt: number; readonly files: readonly FileState[] }[] =
    [];
  let run: RunState | undefined;
  for (const event of events) {
    if (run === undefined && event.type !== 'run.queued') return [];
    run = fold(run, event);
    if (isEnding(event)) atEnds.push({ stage: event.stage, attempt: event.attempt, files: run.files });
  }
  return atEnds.flatMap(({ files, ...at }) => {
    const found = run === undefined ? undefined : filesAt(run, at);
    const isSame = found?.length === files.length && found.every((file, index) => file === files[index]);
    return isSame ? [] : [`the files at the end of ${attemptOf(at)} are not those of the history`];
  });
};

function isFileEvent(event: RunEvent): event is FileEvent {
  return (
    event.type === 'artifact.recorded' ||
    event.type === 'artifact.removed' ||
    event.type === 'artifact.skipped'
  );
}

function recordsFiles(ending: RunEvent, next: RunEvent | undefined): boolean {
  switch (ending.type) {
    case 'stage.completed':
    case 'stage.cancelled':
      return true;
    case 'stage.interrupted':
      // `stage.interrupted {crash}` also ends the attempt for a pending redirect or cancel of the stage (A11).
      return ending.cause === 'redirect' || (ending.cause === 'crash' && next?.type === 'command.applied');
    case 'stage.failed':
      return ending.failure.code === 'LIMIT_REACHED' || isRepairedForFiles(ending);
    default:
      return false;
  }
}

const reasonsOfFiles: ReadonlySet<string> = new Set(['no_file', 'file_open', 'file_elided']);

function isRepairedForFiles({ failure, retryInMs }: EventOf<'stage.failed'>): boolean {
  return failure.code === 'OUTPUT_INVALID' && retryInMs === 0 && reasonsOfFiles.has(failure.reason ?? '');
}

function nameOf(event: FileEvent): string {
  if (event.type !== 'artifact.skipped') return event.path;
  return event.path ?? `a block that was skipped (${event.reason})`;
}

function endingText(ending: RunEvent | undefined): string {
  if (ending === undefined) return 'not at all';
  return ending.type === 'stage.interrupted' ? `${ending.type} {${ending.cause}}` : ending.type;
}

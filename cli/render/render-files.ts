import { counted, grouped } from '@stagewire/shared/units/count';
import type { ArtifactRecorded, ArtifactRemoved, ArtifactSkipped, SkipReason } from '@stagewire/client';
import { cleanFileName, cleanLine } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/** A file that was written, and a second line if parts of it are missing. */
export function recordedLines({ path, parts, elided }: ArtifactRecorded, paint: Paint): string[] {
  const chars = parts.reduce((sum, part) => sum + part.chars, 0);
  const name = cleanFileName(path);
  const written = `${paint('green', '+')} ${name}, ${counted(chars, 'character')}`;
  if (elided === undefined) return [written];
  return [written, mark(`${name} omits parts of the file, even after a repair: saved as it is`, paint)];
}

export function removedLine({ path }: ArtifactRemoved, paint: Paint): string {
  return `${paint('red', '-')} ${cleanFileName(path)}, removed`;
}

/** Blocks with the same reason that get a line each; more are summarized in one line. */
const maxSeparateBlocks = 2;
/** Paths that the summary of several blocks names. */
const maxSummaryPaths = 3;

/**
 * The blocks of one text that were not recorded as files, with the reason and the consequence; many with the same
 * reason share a line.
 *
 * @param hasRepair whether a repair follows.
 */
export function skippedLines(blocks: readonly ArtifactSkipped[], paint: Paint, hasRepair: boolean): string[] {
  const byReason = Map.groupBy(blocks, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, all]) => {
    const names = all.length <= maxSeparateBlocks ? all.map(nameOf) : [summaryOf(all)];
    return names.map((name) => mark(`${name} ${consequenceOf(reason, hasRepair)}`, paint));
  });
}

interface Outcome {
  readonly what: string;
  readonly consequence: string;
  /** A repair asks for this file. */
  readonly isRepairable?: true;
}

const outcomes: Readonly<Record<SkipReason, Outcome>> = {
  no_path: {
    what: 'has no path',
    consequence: 'not a file; the next role reads it as a note',
    isRepairable: true,
  },
  path_refused: {
    what: 'has an invalid path',
    consequence: 'not saved',
    isRepairable: true,
  },
  open: {
    what: 'was never closed',
    consequence: 'not saved; the next role gets it as unfinished',
    isRepairable: true,
  },
  nested: {
    what: 'is inside another block',
    consequence: 'saved only as part of that block',
  },
  elided: {
    what: 'omits parts of the file',
    consequence: 'not saved; the previous version is kept',
    isRepairable: true,
  },
  excerpt: {
    what: 'is a part of an existing file',
    consequence: 'not saved; the previous version is kept',
    isRepairable: true,
  },
  diff: {
    what: 'is a patch, not a complete file',
    consequence: 'not saved; the previous version is kept',
    isRepairable: true,
  },
  duplicate: { what: 'is repeated later in the text', consequence: 'the later block is saved' },
  too_many: { what: 'exceeds the limit of files per text', consequence: 'not saved' },
  no_such_file: { what: 'is marked as removed, but there is no such file', consequence: 'ignored' },
};

/** An unknown reason of a later version is shown unchanged. */
function consequenceOf(reason: SkipReason, hasRepair: boolean): string {
  if (!Object.hasOwn(outcomes, reason)) return `was not saved: ${cleanLine(reason)}`;
  const { what, consequence, isRepairable } = outcomes[reason];
  return `${what}: ${hasRepair && isRepairable === true ? 'the model is asked again' : consequence}`;
}

function nameOf({ path, chars }: ArtifactSkipped): string {
  return path === undefined ? `a block of ${counted(chars, 'character')}` : cleanFileName(path);
}

function summaryOf(blocks: readonly ArtifactSkipped[]): string {
  const paths = blocks.flatMap(({ path }) => (path === undefined ? [] : [cleanFileName(path, 80)]));
  const named = paths.slice(0, maxSummaryPaths).join(', ');
  const more = blocks.length - Math.min(paths.length, maxSummaryPaths);
  const which = named === '' ? '' : ` (${named}${more === 0 ? '' : ` and ${grouped(more)} more`})`;
  return `each of ${counted(blocks.length, 'block')}${which}`;
}

function mark(text: string, paint: Paint): string {
  return `${paint('yellow', '!')} ${text}`;
}

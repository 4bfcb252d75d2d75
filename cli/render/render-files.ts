import { counted, grouped } from '@stagewire/shared/units/count';
import type { ArtifactRecorded, ArtifactRemoved, ArtifactSkipped, SkipReason } from '@stagewire/client';
import { cleanFileName, cleanLine } from './clean-text.ts';
import type { Paint } from '../terminal/paint.ts';

/** A file that was written, and in a second line that something is left out of it. */
export function recordedLines({ path, parts, elided }: ArtifactRecorded, paint: Paint): string[] {
  const chars = parts.reduce((sum, part) => sum + part.chars, 0);
  const name = cleanFileName(path);
  const written = `${paint('green', '+')} ${name}, ${counted(chars, 'character')}`;
  if (elided === undefined) return [written];
  return [written, mark(`${name} leaves parts out, also after a repair: it is taken as it is`, paint)];
}

export function removedLine({ path }: ArtifactRemoved, paint: Paint): string {
  return `${paint('red', '-')} ${cleanFileName(path)}, removed`;
}

/** Blocks of one reason that get a line each; more are told together. */
const toldEach = 2;
/** Paths that are named where blocks are told together. */
const toldPaths = 3;

/**
 * The blocks of one text that became no file: what happened to each and what follows, many of one reason in one line.
 *
 * @param asksAgain whether a repair follows.
 */
export function skippedLines(blocks: readonly ArtifactSkipped[], paint: Paint, asksAgain: boolean): string[] {
  const byReason = Map.groupBy(blocks, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, all]) => {
    const told = all.length <= toldEach ? all.map(nameOf) : [together(all)];
    return told.map((name) => mark(`${name} ${outcomeOf(reason, asksAgain)}`, paint));
  });
}

interface Outcome {
  readonly what: string;
  readonly follows: string;
  /** A repair asks for it. */
  readonly isAskedFor?: true;
}

const outcomes: Readonly<Record<SkipReason, Outcome>> = {
  no_path: {
    what: 'names no path',
    follows: 'no file, the next role reads it as a note',
    isAskedFor: true,
  },
  path_refused: {
    what: 'has a path that is not relative and clean',
    follows: 'no file',
    isAskedFor: true,
  },
  open: {
    what: 'was never closed',
    follows: 'no file, the next role is given it as unfinished',
    isAskedFor: true,
  },
  nested: {
    what: 'stands inside another block',
    follows: 'it is part of that one, and no file of its own',
  },
  elided: {
    what: 'leaves parts of the file out',
    follows: 'not taken, the file before it stays',
    isAskedFor: true,
  },
  excerpt: {
    what: 'is a part of a file that exists',
    follows: 'not taken, the file stays as it was',
    isAskedFor: true,
  },
  diff: {
    what: 'is a patch, and not the whole file',
    follows: 'not taken, the file stays as it was',
    isAskedFor: true,
  },
  duplicate: { what: 'comes again further down', follows: 'the later block counts' },
  too_many: { what: 'is above the limit of files in one text', follows: 'not taken' },
  no_such_file: { what: 'is to be removed, and there is no such file', follows: 'nothing is removed' },
};

/** A reason of a later version is called as that calls it. */
function outcomeOf(reason: SkipReason, asksAgain: boolean): string {
  if (!Object.hasOwn(outcomes, reason)) return `was not taken: ${cleanLine(reason)}`;
  const { what, follows, isAskedFor } = outcomes[reason];
  return `${what}: ${asksAgain && isAskedFor === true ? 'the model is asked again' : follows}`;
}

function nameOf({ path, chars }: ArtifactSkipped): string {
  return path === undefined ? `a block of ${counted(chars, 'character')}` : cleanFileName(path);
}

function together(blocks: readonly ArtifactSkipped[]): string {
  const paths = blocks.flatMap(({ path }) => (path === undefined ? [] : [cleanFileName(path, 80)]));
  const named = paths.slice(0, toldPaths).join(', ');
  const more = blocks.length - Math.min(paths.length, toldPaths);
  const which = named === '' ? '' : ` (${named}${more === 0 ? '' : ` and ${grouped(more)} more`})`;
  return `each of ${counted(blocks.length, 'block')}${which}`;
}

function mark(text: string, paint: Paint): string {
  return `${paint('yellow', '!')} ${text}`;
}

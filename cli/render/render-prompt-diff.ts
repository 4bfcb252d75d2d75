import { diffSize, type DiffPart } from '@stagewire/client/text';
import type { AttemptPlace } from '@stagewire/client';
import { counted, grouped } from '@stagewire/shared/units/count';
import type { Paint } from '../terminal/paint.ts';
import { cleanText } from './clean-text.ts';

/** The JSON document of `prompt --diff --json`. */
export interface PromptDiff {
  readonly runId: string;
  readonly from: AttemptPlace;
  readonly to: AttemptPlace;
  /** Whether both prompts are exactly those that were sent. */
  readonly exact: boolean;
  /** The lines of both prompts, in order. Numbers at the beginning of lines of files are not compared. */
  readonly parts: readonly DiffPart[];
}

/** Unchanged lines that are shown around a change. */
const contextLines = 3;

/** The changes between two prompts: lines with `+`, `-` or a space, and one line for each long unchanged part. */
export function promptDiffLines({ from, to, parts }: PromptDiff, paint: Paint): string[] {
  const { added, removed } = diffSize(parts);
  const head = `stage ${from.stage}, attempt ${from.attempt} → stage ${to.stage}, attempt ${to.attempt}`;
  const size = `${counted(added, 'line')} added, ${grouped(removed)} removed`;
  return [
    paint('bold', `${head} · ${size}`),
    ...parts.flatMap((part, index) =>
      part.kind === 'same'
        ? sameLines(part.lines, { isFirst: index === 0, isLast: index === parts.length - 1, paint })
        : part.lines.map((line) =>
            part.kind === 'added'
              ? paint('green', `+ ${cleanText(line)}`)
              : paint('red', `- ${cleanText(line)}`),
          ),
    ),
  ];
}

function sameLines(
  lines: readonly string[],
  { isFirst, isLast, paint }: { readonly isFirst: boolean; readonly isLast: boolean; readonly paint: Paint },
): string[] {
  const head = isFirst ? 0 : contextLines;
  const tail = isLast ? 0 : contextLines;
  const left = lines.length - head - tail;
  const shown = lines.map((line) => `  ${cleanText(line)}`);
  // One line in place of two would save little.
  if (left <= 2) return shown;
  return [
    ...shown.slice(0, head),
    paint('dim', `… ${counted(left, 'unchanged line')}`),
    ...shown.slice(lines.length - tail),
  ];
}

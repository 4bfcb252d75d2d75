import { counted, grouped } from '@stagewire/client';
import { memo, useMemo, useState } from 'react';
import { diffSize, lineDiff, type DiffPart } from './line-diff.ts';

export interface TextDiffProps {
  readonly before: string;
  readonly after: string;
  /** What is compared, for who hears the page. */
  readonly label: string;
  /** What of a line is compared. @default all of it */
  readonly keyOf?: (line: string) => string;
}

/** So many equal lines stay in view beside a change. */
const contextLines = 3;

/** The lines that were added and removed between two texts; long equal parts are folded away. */
export const TextDiff = memo(function TextDiff({ before, after, label, keyOf }: TextDiffProps) {
  const parts = useMemo(
    () => lineDiff(before, after, keyOf === undefined ? {} : { keyOf }),
    [before, after, keyOf],
  );
  const { added, removed } = diffSize(parts);
  if (added + removed === 0) return <p className="muted">Nothing has changed.</p>;
  return (
    <>
      <p className="muted diff-size">
        {counted(added, 'line')} added, {grouped(removed)} removed
      </p>
      <pre className="code diff" tabIndex={0} aria-label={label}>
        {parts.map((part, index) => (
          // The parts of one difference have no name but their place, and never change.
          <Part key={index} part={part} isFirst={index === 0} isLast={index === parts.length - 1} />
        ))}
      </pre>
    </>
  );
});

interface PartProps {
  readonly part: DiffPart;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function Part({ part, isFirst, isLast }: PartProps) {
  const { kind, lines } = part;
  if (kind === 'added') return <ins>{marked('+', lines)}</ins>;
  if (kind === 'removed') return <del>{marked('-', lines)}</del>;
  const head = isFirst ? 0 : contextLines;
  const tail = isLast ? 0 : contextLines;
  // A button in the place of a line or two would save nothing.
  if (lines.length <= head + tail + 2) return marked(' ', lines);
  return (
    <>
      {marked(' ', lines.slice(0, head))}
      <Fold lines={lines.slice(head, lines.length - tail)} />
      {marked(' ', lines.slice(lines.length - tail))}
    </>
  );
}

function Fold({ lines }: { readonly lines: readonly string[] }) {
  const [open, setOpen] = useState(false);
  if (open) return marked(' ', lines);
  return (
    <button type="button" className="diff-fold" onClick={() => setOpen(true)}>
      Show {counted(lines.length, 'equal line')}
    </button>
  );
}

function marked(sign: string, lines: readonly string[]): string {
  return lines.map((line) => `${sign} ${line}\n`).join('');
}

import { counted, grouped } from '@stagewire/client';
import { diffSize, lineDiff, type DiffPart } from '@stagewire/client/text';
import { memo, useMemo, useState } from 'react';

export interface TextDiffProps {
  readonly before: string;
  readonly after: string;
  /** The accessible name. */
  readonly label: string;
  /** The part of a line to compare. @default the whole line */
  readonly keyOf?: (line: string) => string;
}

/** The number of unchanged lines shown around a change. */
const contextLines = 3;

/** The line diff of two texts; long unchanged parts are collapsed. */
export const TextDiff = memo(function TextDiff({ before, after, label, keyOf }: TextDiffProps) {
  const parts = useMemo(
    () => lineDiff(before, after, keyOf === undefined ? {} : { keyOf }),
    [before, after, keyOf],
  );
  const { added, removed } = diffSize(parts);
  if (added + removed === 0) return <p className="muted">No changes.</p>;
  return (
    <>
      <p className="muted diff-size">
        {counted(added, 'line')} added, {grouped(removed)} removed
      </p>
      <pre className="code diff" tabIndex={0} aria-label={label}>
        {parts.map((part, index) => (
          // The index is the key: the parts of a diff never change.
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
  // A button instead of one or two lines would save no space.
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
      Show {counted(lines.length, 'unchanged line')}
    </button>
  );
}

function marked(sign: string, lines: readonly string[]): string {
  return lines.map((line) => `${sign} ${line}\n`).join('');
}

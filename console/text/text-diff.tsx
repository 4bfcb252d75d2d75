import { counted, grouped } from '@stagewire/client';
import { diffSize, lineDiff, type DiffPart } from '@stagewire/client/text';
import { memo, useMemo, useState } from 'react';
// Of all views with changes: of a file, of a prompt, and of two runs.
import '../styles/prompt.css';

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
/** The number of lines that are rendered at once: the layout of more would block the page. */
const linesPerStep = 1000;

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
  if (kind !== 'same') return <ChangedLines kind={kind} lines={lines} />;
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

/** Added or removed lines; a long part is shown in steps. */
function ChangedLines({
  kind,
  lines,
}: {
  readonly kind: 'added' | 'removed';
  readonly lines: readonly string[];
}) {
  const [count, setCount] = useState(linesPerStep);
  const text = marked(kind === 'added' ? '+' : '-', lines.slice(0, count));
  return (
    <>
      {kind === 'added' ? <ins>{text}</ins> : <del>{text}</del>}
      {count < lines.length && (
        <MoreButton
          left={lines.length - count}
          noun={`${kind} line`}
          onMore={() => setCount(count + linesPerStep)}
        />
      )}
    </>
  );
}

/** Unchanged lines, collapsed at first and then shown in steps. */
function Fold({ lines }: { readonly lines: readonly string[] }) {
  const [count, setCount] = useState(0);
  return (
    <>
      {marked(' ', lines.slice(0, count))}
      {count < lines.length && (
        <MoreButton
          left={lines.length - count}
          noun="unchanged line"
          onMore={() => setCount(count + linesPerStep)}
        />
      )}
    </>
  );
}

interface MoreButtonProps {
  readonly left: number;
  readonly noun: string;
  readonly onMore: () => void;
}

function MoreButton({ left, noun, onMore }: MoreButtonProps) {
  const shown = Math.min(left, linesPerStep);
  return (
    <button type="button" className="diff-fold" onClick={onMore}>
      Show {shown < left ? `${grouped(shown)} of ` : ''}
      {counted(left, noun)}
    </button>
  );
}

function marked(sign: string, lines: readonly string[]): string {
  return lines.map((line) => `${sign} ${line}\n`).join('');
}

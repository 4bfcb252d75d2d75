import { counted, grouped } from '@stagewire/client';
import { visibleName } from '@stagewire/client/text';
import { useCallback, useMemo, useState } from 'react';
import type { RunState } from '@stagewire/client';
import { useAnswer, useStagewire } from '@stagewire/client/react';
import { TextDiff } from '../text/text-diff.tsx';
import { compareFiles, isComparable, type ComparedFile } from './compare-files.ts';

export interface ComparedFilesProps {
  readonly one: RunState;
  readonly other: RunState;
}

/** The number of files that are shown at once. */
const filesPerStep = 100;
/** Up to this size, in chars of all texts, the diffs are open at first. */
const maxOpenChars = 40_000;

/** The files that differ between two runs, with their text diffs. */
export function ComparedFiles({ one, other }: ComparedFilesProps) {
  const before = useFiles(one);
  const after = useFiles(other);
  const [count, setCount] = useState(filesPerStep);
  const error = before.error ?? after.error;
  const files = useMemo(
    () =>
      before.value === undefined || after.value === undefined
        ? undefined
        : compareFiles(before.value, after.value),
    [before.value, after.value],
  );
  if (error !== undefined)
    return (
      <p className="problems" role="alert">
        The files could not be loaded. {error.message}{' '}
        <button
          type="button"
          className="small"
          onClick={() => {
            before.retry();
            after.retry();
          }}
        >
          Retry
        </button>
      </p>
    );
  if (files === undefined) return <p className="muted">Loading the files</p>;
  const changed = files.filter(({ kind }) => kind !== 'same');
  const chars = changed.reduce((sum, it) => sum + it.before.length + it.after.length, 0);
  return (
    <>
      <p className="muted" role="status">
        {changed.length === 0 ? 'No file differs' : `${counted(changed.length, 'file')} differ`}
        {files.length > changed.length ? `, ${grouped(files.length - changed.length)} the same` : ''}.
      </p>
      {changed.slice(0, count).map((file) => (
        <FileDiff key={file.path} file={file} isOpenAtFirst={chars <= maxOpenChars} />
      ))}
      {changed.length > count && (
        <button type="button" onClick={() => setCount(count + filesPerStep)}>
          Show {grouped(Math.min(filesPerStep, changed.length - count))} of{' '}
          {counted(changed.length - count, 'more file')}
        </button>
      )}
    </>
  );
}

function useFiles({ runId, files }: RunState) {
  const stagewire = useStagewire();
  // The texts of files that are not written any more do not change: their places are the key.
  const version = files.map(({ path, stage, attempt }) => `${path} ${stage}.${attempt}`).join('\n');
  const ask = useCallback(
    (signal: AbortSignal) => stagewire.run(runId).files({ signal }),
    [stagewire, runId, version],
  );
  return useAnswer(ask);
}

const kindNames = { changed: 'Changed', added: 'Added', removed: 'Removed', same: 'Same' } as const;

function FileDiff({ file, isOpenAtFirst }: { readonly file: ComparedFile; readonly isOpenAtFirst: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  return (
    <details className="compare-file" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={`badge is-${file.kind}`}>{kindNames[file.kind]}</span>{' '}
        <span className="mono">{visibleName(file.path)}</span>
      </summary>
      {!isOpen ? null : isComparable(file) ? (
        <TextDiff before={file.before} after={file.after} label={`Changes of ${file.path}`} />
      ) : (
        <p className="muted">
          Too large to compare here: {grouped(file.before.length)} and {grouped(file.after.length)}{' '}
          characters. Save both runs as ZIP, and compare them with another tool.
        </p>
      )}
    </details>
  );
}

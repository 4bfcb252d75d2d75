import { counted } from '@stagewire/client';
import { GitCompare } from 'lucide-react';
import { memo, useEffect, useMemo, useRef } from 'react';
import type { RunFile, RunState } from '@stagewire/client';
import { useRunFile } from '@stagewire/client/react';
import { isSameAttempt, attemptName, type FilesAt } from '../run/attempt-places.ts';
import type { RunView } from '../shell/route.ts';
import { CodeText } from '../text/code-text.tsx';
import { TextDiff } from '../text/text-diff.tsx';
import { FileFrame } from './file-frame.tsx';
import { FileIssues } from './file-issues.tsx';
import { issuesOf, writerOf, versionAt, type FileVersion } from './file-versions.ts';
import { lineCount } from './line-count.ts';
import { useFileVersions } from './use-file-versions.ts';
import { VersionPicker, versionName } from './version-picker.tsx';

export interface RecordedFileProps {
  readonly state: RunState;
  readonly path: string;
  /** The version; `undefined` for the latest. */
  readonly at: FilesAt | undefined;
  /** The line to show, from 1. */
  readonly line: number | undefined;
  /** Show the changes since `base`. */
  readonly changes: boolean;
  /** The version to compare with; `undefined` for the previous one. */
  readonly base: FilesAt | undefined;
  /** A role writes a new version now. */
  readonly isGrowing: boolean;
  /** What is shown if there is no such version. */
  readonly missingText: string;
  readonly onClose: () => void;
  readonly onShow: (change: Pick<RunView, 'at' | 'line' | 'changes' | 'base'>) => void;
}

/** The same as in the style sheet. */
const lineHeightPx = 20;

/** One version of a file: its author, text or changes, and the issues of reviews. */
export function RecordedFile(props: RecordedFileProps) {
  const { state, path, at, line, changes, onClose, onShow } = props;
  const loaded = useRunFile(state.runId, path, at === 'given' ? undefined : at);
  const { versions = [], error: versionsError } = useFileVersions(state, path);
  const given = useMemo(() => versions.find((it) => it.at === undefined)?.file, [versions]);
  const file = at === 'given' ? given : loaded.file;
  const written =
    file === undefined ? undefined : versions.find((it) => isSameAttempt(it.at, writerOf(file)));
  const shown = written ?? versionAt(versions, at);
  const index = shown === undefined ? -1 : versions.indexOf(shown);
  const next = written === undefined ? undefined : versions[index + 1];
  const base = versionToCompare(versions, index, props.base);
  // In the order of time, whichever of the two is selected.
  const [older, newer] = base !== undefined && versions.indexOf(base) > index ? [shown, base] : [base, shown];
  const problem = at === 'given' ? versionsError : loaded.error;

  return (
    <FileFrame
      path={path}
      text={file?.text}
      onClose={onClose}
      facts={file === undefined ? null : <FileFacts state={state} file={file} />}
    >
      {(versions.length > 1 || props.isGrowing) && (
        <Versions {...props} versions={versions} shown={shown} compared={base} />
      )}
      {changes && older !== undefined && newer !== undefined ? (
        <TextDiff
          key={`${versions.indexOf(older)}-${versions.indexOf(newer)}`}
          before={older.file?.text ?? ''}
          after={newer.file?.text ?? ''}
          label={`Changes in ${path}`}
        />
      ) : file === undefined ? (
        <NoFile status={loaded.status} error={problem} text={props.missingText} onRetry={loaded.retry} />
      ) : (
        <>
          <FileIssues
            issues={issuesOf(path, state.reviews, { at: writerOf(file), next: next?.at })}
            lines={lineCount(file.text)}
            onLine={(chosen) => onShow({ line: chosen })}
          />
          <FileText file={file} line={line} />
        </>
      )}
    </FileFrame>
  );
}

interface VersionsProps extends RecordedFileProps {
  readonly versions: readonly FileVersion[];
  readonly shown: FileVersion | undefined;
  /** The version that changes are relative to. */
  readonly compared: FileVersion | undefined;
}

/** Selects a version and another one to compare it with, and leads to a newer version. */
function Versions({ state, changes, isGrowing, versions, shown, compared, onShow }: VersionsProps) {
  const latest = versions.at(-1);
  return (
    <p className="file-versions">
      {versions.length > 1 && (
        <VersionPicker
          label="Version"
          state={state}
          versions={versions}
          shown={shown}
          onShow={(version) =>
            onShow({ at: version === latest ? undefined : (version.at ?? 'given'), line: undefined })
          }
        />
      )}
      {compared === undefined ? null : (
        <button
          type="button"
          className="small"
          aria-pressed={changes}
          onClick={() => onShow({ changes: changes ? undefined : true, base: undefined, line: undefined })}
        >
          <GitCompare size={14} aria-hidden="true" />
          Changes
        </button>
      )}
      {changes && compared !== undefined ? (
        <VersionPicker
          label="Compared with"
          state={state}
          versions={versions}
          shown={compared}
          except={shown}
          onShow={(version) => onShow({ base: version.at ?? 'given' })}
        />
      ) : null}
      {latest === undefined || shown === undefined || shown === latest ? null : (
        <button type="button" className="link" onClick={() => onShow({ at: undefined, line: undefined })}>
          {latest.file === undefined ? 'Later ' : 'Newer version: '}
          {versionName(latest, state)}
        </button>
      )}
      {isGrowing && (
        <button type="button" className="link" onClick={() => onShow({ at: 'live', line: undefined })}>
          Show the version that is being written
        </button>
      )}
    </p>
  );
}

/** The selected version, else the previous one, else the next. */
function versionToCompare(
  versions: readonly FileVersion[],
  index: number,
  base: FilesAt | undefined,
): FileVersion | undefined {
  if (index === -1) return undefined;
  const selected = base === undefined ? undefined : versionAt(versions, base);
  if (selected !== undefined && selected !== versions[index]) return selected;
  return versions[index - 1] ?? versions[index + 1];
}

function FileFacts({ state, file }: { readonly state: RunState; readonly file: RunFile }) {
  const writtenAt = writerOf(file);
  const author = writtenAt === undefined ? 'context file' : attemptName(state, writtenAt);
  return (
    <>
      <span className="muted">
        {counted(lineCount(file.text), 'line')}, {author}
      </span>
      {file.elided === true && (
        <span className="badge is-cut" title="The model left a placeholder instead of text">
          May be incomplete
        </span>
      )}
    </>
  );
}

interface FileTextProps {
  readonly file: RunFile;
  readonly line: number | undefined;
}

/** Memoized: the page renders again with each delta of a running stage. */
const FileText = memo(function FileText({ file, line }: FileTextProps) {
  const { path, text } = file;
  const shownLine = line === undefined || line > lineCount(text) ? undefined : line;
  const code = useRef<HTMLPreElement>(null);
  useEffect(() => {
    const scroller = code.current?.closest('[data-scroller]');
    if (shownLine === undefined || !(scroller instanceof HTMLElement) || code.current === null) return;
    const top = code.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += top + (shownLine - 1) * lineHeightPx - scroller.clientHeight / 3;
  }, [shownLine, path, text]);
  return (
    <pre ref={code} className="code numbered" tabIndex={0} aria-label={`Code of ${path}`}>
      {shownLine === undefined ? null : <LineMark line={shownLine} />}
      <CodeText
        key={`${path}-${file.stage}-${file.attempt}`}
        text={text}
        language={file.language}
        growing={false}
        numbered
      />
    </pre>
  );
});

interface NoFileProps {
  readonly status: ReturnType<typeof useRunFile>['status'];
  readonly error: Error | undefined;
  readonly text: string;
  readonly onRetry: () => void;
}

function NoFile({ status, error, text, onRetry }: NoFileProps) {
  if (error !== undefined) {
    return (
      <p className="problems" role="alert">
        The file could not be loaded. {error.message}{' '}
        <button type="button" className="small" onClick={onRetry}>
          Retry
        </button>
      </p>
    );
  }
  if (status !== 'missing') return <p className="fetching muted">Loading the file</p>;
  return <p className="muted">{text}</p>;
}

function LineMark({ line }: { readonly line: number }) {
  return <span className="line-mark" aria-hidden="true" style={{ top: `${(line - 1) * lineHeightPx}px` }} />;
}

import { visibleName } from '@stagewire/client/text';
import { counted } from '@stagewire/client';
import { ArrowLeft, Download, GitCompare } from 'lucide-react';
import { memo, useEffect, useMemo, useRef } from 'react';
import type { RunFile, RunState } from '@stagewire/client';
import { useRunFile } from '@stagewire/client/react';
import { isSameAttempt, attemptName, type FilesAt } from '../run/attempt-places.ts';
import type { RunView } from '../shell/route.ts';
import { CopyButton } from '../text/code-card.tsx';
import { CodeText } from '../text/code-text.tsx';
import { TextDiff } from '../text/text-diff.tsx';
import { FileIssues } from './file-issues.tsx';
import { issuesOf, writerOf, versionAt } from './file-versions.ts';
import { saveText } from './save-files.ts';
import { useFileVersions } from './use-file-versions.ts';
import { VersionPicker } from './version-picker.tsx';

export interface FileViewerProps {
  readonly state: RunState;
  readonly path: string;
  /** The version; `undefined` for the latest. */
  readonly at: FilesAt | undefined;
  /** The line to show, from 1. */
  readonly line: number | undefined;
  /** Show the changes since the previous version. */
  readonly changes: boolean;
  readonly onClose: () => void;
  readonly onShow: (change: Pick<RunView, 'at' | 'line' | 'changes'>) => void;
}

/** The same as in the style sheet. */
const lineHeightPx = 20;

/** One version of a file: its author, text or changes, and the issues of reviews. */
export function FileViewer(props: FileViewerProps) {
  const { state, path, at, line, changes, onClose, onShow } = props;
  const loaded = useRunFile(state.runId, path, at === 'given' ? undefined : at);
  const { versions = [], error: versionsError } = useFileVersions(state, path);
  const given = useMemo(() => versions.find((it) => it.at === undefined)?.file, [versions]);
  const file = at === 'given' ? given : loaded.file;
  const shown = file === undefined ? undefined : versions.find((it) => isSameAttempt(it.at, writerOf(file)));
  const index = shown === undefined ? -1 : versions.indexOf(shown);
  const before = versions[index - 1];
  const next = index === -1 ? undefined : versions[index + 1];
  const problem = at === 'given' ? versionsError : loaded.error;

  return (
    <article className="file-viewer" aria-labelledby="file-title">
      <header>
        <button type="button" className="icon-button" aria-label="Back to stage" onClick={onClose}>
          <ArrowLeft size={16} aria-hidden="true" />
        </button>
        <h2 id="file-title" className="mono">
          {visibleName(path)}
        </h2>
        {file === undefined ? null : <FileFacts state={state} file={file} />}
        <span className="spacer" />
        {file === undefined ? null : (
          <span className="view-actions">
            <CopyButton text={file.text} />
            <button type="button" className="quiet small" onClick={() => saveText(path, file.text)}>
              <Download size={13} aria-hidden="true" />
              Download
            </button>
          </span>
        )}
      </header>
      {versions.length > 1 && (
        <p className="file-versions">
          <VersionPicker
            state={state}
            versions={versions}
            shown={shown ?? versionAt(versions, at)}
            onShow={(version) => onShow({ at: version, line: undefined })}
          />
          {before === undefined ? null : (
            <button
              type="button"
              className="small"
              aria-pressed={changes}
              onClick={() => onShow({ changes: changes ? undefined : true, line: undefined })}
            >
              <GitCompare size={14} aria-hidden="true" />
              Changes
            </button>
          )}
          {next === undefined ? null : (
            <button type="button" className="link" onClick={() => onShow({ at: undefined, line: undefined })}>
              {next.file === undefined ? 'Removed later' : 'Show latest version'}
            </button>
          )}
        </p>
      )}
      {file === undefined ? (
        <NoFile status={loaded.status} error={problem} isPast={at !== undefined} onRetry={loaded.retry} />
      ) : changes && before !== undefined ? (
        <TextDiff before={before.file?.text ?? ''} after={file.text} label={`Changes in ${path}`} />
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
    </article>
  );
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
  readonly isPast: boolean;
  readonly onRetry: () => void;
}

function NoFile({ status, error, isPast, onRetry }: NoFileProps) {
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
  return (
    <p className="muted">{isPast ? 'The file did not exist at that time.' : 'The file does not exist.'}</p>
  );
}

function LineMark({ line }: { readonly line: number }) {
  return <span className="line-mark" aria-hidden="true" style={{ top: `${(line - 1) * lineHeightPx}px` }} />;
}

function lineCount(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

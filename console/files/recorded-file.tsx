import { counted } from '@stagewire/client';
import { GitCompare } from 'lucide-react';
import { memo, useEffect, useRef } from 'react';
import type { FilesAt, RunFile, RunState } from '@stagewire/client';
import type { FileVersionText } from '@stagewire/client/react';
import { attemptName, isAtOrBefore } from '../run/attempt-places.ts';
import type { RunView } from '../shell/route.ts';
import { CodeText } from '../text/code-text.tsx';
import { TextDiff } from '../text/text-diff.tsx';
import { FileFrame } from './file-frame.tsx';
import { FileIssues } from './file-issues.tsx';
import { fileIssuesOf } from './file-issues-of.ts';
import { lineCount } from './line-count.ts';
import { useShownFile } from './use-shown-file.ts';
import { pointOfVersion, versionIndexAt } from './version-index.ts';
import { VersionPicker, versionName } from './version-picker.tsx';
import { writerOf } from './writer-of.ts';

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
  const shownFile = useShownFile(state, path, at);
  const { versions, index, file } = shownFile;
  const shown = versions[index];
  const baseIndex = indexToCompare(props, versions, index);
  const base = versions[baseIndex];
  // In the order of time, whichever of the two is selected.
  const [older, newer] = baseIndex > index ? [shown, base] : [base, shown];
  const isCompared = changes && base !== undefined;

  return (
    <FileFrame
      path={path}
      text={file?.text}
      onClose={onClose}
      facts={file === undefined ? null : <FileFacts state={state} file={file} />}
    >
      {(versions.length > 1 || props.isGrowing || shown !== versions.at(-1)) && (
        <Versions {...props} versions={versions} shown={shown} compared={base} />
      )}
      {isCompared && older?.text !== undefined && newer?.text !== undefined ? (
        <TextDiff
          key={`${index}-${baseIndex}`}
          before={older.text}
          after={newer.text}
          label={`Changes in ${path}`}
        />
      ) : file === undefined || isCompared ? (
        <NoFile {...shownFile} isLoading={shownFile.isLoading || isCompared} text={props.missingText} />
      ) : (
        <>
          <FileIssues
            issues={fileIssuesOf(path, state.reviews, {
              at: writerOf(file),
              next: nextWriter(versions, index, file),
            })}
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
  readonly versions: readonly FileVersionText[];
  readonly shown: FileVersionText | undefined;
  /** The version that changes are relative to. */
  readonly compared: FileVersionText | undefined;
}

/** Selects a version and another one to compare it with, and leads to a newer version. */
function Versions({ state, path, changes, isGrowing, versions, shown, compared, onShow }: VersionsProps) {
  const latest = versions.at(-1);
  return (
    <p className="file-versions">
      {versions.length > 1 && (
        <VersionPicker
          label="Version"
          state={state}
          versions={versions}
          shown={shown}
          onShow={(index) =>
            onShow({
              at: index === versions.length - 1 ? undefined : pointOfVersion(state, path, index),
              line: undefined,
            })
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
          onShow={(index) => onShow({ base: pointOfVersion(state, path, index) })}
        />
      ) : null}
      {latest === undefined || shown === latest ? null : (
        <button type="button" className="link" onClick={() => onShow({ at: undefined, line: undefined })}>
          {latest.file === null ? 'Later ' : 'Newer version: '}
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

/** The index of the selected version, else of the previous one, else of the next; -1 if there is no other. */
function indexToCompare(
  { state, path, base }: Pick<RecordedFileProps, 'state' | 'path' | 'base'>,
  versions: readonly FileVersionText[],
  index: number,
): number {
  if (index === -1) return -1;
  const selected = base === undefined ? -1 : versionIndexAt(state, path, base);
  if (selected !== -1 && selected !== index) return selected;
  if (index > 0) return index - 1;
  return versions.length > 1 ? 1 : -1;
}

/** The attempt that wrote the next version; of an older server, whose state has only the latest, that one's. */
function nextWriter(versions: readonly FileVersionText[], index: number, file: RunFile) {
  if (index !== -1)
    return versions
      .slice(index + 1)
      .map(writerOf)
      .find((it) => it !== undefined);
  const writer = writerOf(file);
  return versions
    .map(writerOf)
    .find((it) => it !== undefined && (writer === undefined || !isAtOrBefore(it, writer)));
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
  readonly isLoading: boolean;
  readonly error: Error | undefined;
  readonly text: string;
  readonly retry: () => void;
}

function NoFile({ isLoading, error, text, retry }: NoFileProps) {
  if (error !== undefined) {
    return (
      <p className="problems" role="alert">
        The file could not be loaded. {error.message}{' '}
        <button type="button" className="small" onClick={retry}>
          Retry
        </button>
      </p>
    );
  }
  if (isLoading) return <p className="fetching muted">Loading the file</p>;
  return <p className="muted">{text}</p>;
}

function LineMark({ line }: { readonly line: number }) {
  return <span className="line-mark" aria-hidden="true" style={{ top: `${(line - 1) * lineHeightPx}px` }} />;
}

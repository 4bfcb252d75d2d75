import { ArrowLeft, Download } from 'lucide-react';
import { memo, useEffect, useMemo, useRef } from 'react';
import type { FileState, ReviewIssue, RunState } from '../../generated/contract.ts';
import { plural } from '../shell/amounts.ts';
import { CopyButton } from '../text/code-card.tsx';
import { CodeText } from '../text/code-text.tsx';
import { fileText } from './run-files.ts';
import { saveText } from './save-files.ts';

export interface FileViewerProps {
  readonly state: RunState;
  readonly file: FileState;
  /** The line to show, from 1. */
  readonly line: number | undefined;
  readonly onClose: () => void;
  readonly onLine: (line: number) => void;
}

/** As in the style sheet. */
const lineHeightPx = 20;

/** One file, with the review's issues about it. */
export const FileViewer = memo(
  function FileViewer({ state, file, line, onClose, onLine }: FileViewerProps) {
    const text = useMemo(() => fileText(state, file), [state, file]);
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const shownLine = line === undefined || line > lines ? undefined : line;
    const code = useRef<HTMLPreElement>(null);
    const issues = (state.review?.issues ?? []).filter((it) => it.file === file.path);
    const role = state.stages.find((it) => it.stage === file.stage)?.role ?? 'stage';

    useEffect(() => {
      const scroller = code.current?.closest('[data-scroller]');
      if (shownLine === undefined || !(scroller instanceof HTMLElement) || code.current === null) return;
      const top = code.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTop += top + (shownLine - 1) * lineHeightPx - scroller.clientHeight / 3;
    }, [shownLine, file]);

    return (
      <article className="file-viewer" aria-labelledby="file-title">
        <header>
          <button type="button" className="icon-button" aria-label="Back to the stage" onClick={onClose}>
            <ArrowLeft size={16} aria-hidden="true" />
          </button>
          <h2 id="file-title" className="mono">
            {file.path}
          </h2>
          <span className="muted">
            {plural(lines, 'line')}, {role}, stage {file.stage}
          </span>
          <span className="spacer" />
          <CopyButton text={text} />
          <button type="button" className="quiet small" onClick={() => saveText(file.path, text)}>
            <Download size={13} aria-hidden="true" />
            Save
          </button>
        </header>
        <FileIssues issues={issues} lines={lines} onLine={onLine} />
        <pre ref={code} className="code numbered" tabIndex={0} aria-label={`Code of ${file.path}`}>
          {shownLine === undefined ? null : <LineMark line={shownLine} />}
          <CodeText
            key={`${file.path}-${file.stage}-${file.attempt}`}
            text={text}
            language={file.language}
            growing={false}
            numbered
          />
        </pre>
      </article>
    );
  },
  (one, other) =>
    one.file === other.file &&
    one.line === other.line &&
    one.state.review === other.state.review &&
    one.onClose === other.onClose &&
    one.onLine === other.onLine,
);

function LineMark({ line }: { readonly line: number }) {
  return <span className="line-mark" aria-hidden="true" style={{ top: `${(line - 1) * lineHeightPx}px` }} />;
}

interface FileIssuesProps {
  readonly issues: readonly ReviewIssue[];
  readonly lines: number;
  readonly onLine: (line: number) => void;
}

function FileIssues({ issues, lines, onLine }: FileIssuesProps) {
  if (issues.length === 0) return null;
  return (
    <ul className="file-issues">
      {issues.map((it, index) => (
        // A review only grows, and its issues have no name but their place.
        <li key={index}>
          <span className={`badge is-${it.severity}`}>{it.severity}</span>
          {it.line === undefined || it.line > lines ? null : (
            <button type="button" className="link" onClick={() => onLine(it.line ?? 1)}>
              line {it.line}
            </button>
          )}
          <span>{it.message}</span>
        </li>
      ))}
    </ul>
  );
}

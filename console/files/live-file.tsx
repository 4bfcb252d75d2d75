import { counted } from '@stagewire/client';
import type { RunState } from '@stagewire/client';
import type { UnfinishedFile } from '@stagewire/client/text';
import { attemptName } from '../run/attempt-places.ts';
import { CodeText } from '../text/code-text.tsx';
import { FileFrame } from './file-frame.tsx';
import { lineCount } from './line-count.ts';

export interface LiveFileProps {
  readonly state: RunState;
  readonly file: UnfinishedFile;
  readonly onClose: () => void;
  /** Shows the latest recorded version; `undefined` if there is none. */
  readonly onShowRecorded: (() => void) | undefined;
}

/** A file while a role writes it. */
export function LiveFile({ state, file, onClose, onShowRecorded }: LiveFileProps) {
  const { path, text, language, isClosed } = file;
  return (
    <FileFrame
      path={path}
      text={text}
      onClose={onClose}
      facts={
        <>
          <span className="muted">{counted(lineCount(text), 'line')}</span>
          <span className="badge is-growing">Being written by {attemptName(state, file)}</span>
        </>
      }
    >
      <p className="file-versions">
        <span className="muted">
          {isClosed ? 'The file is complete in the text.' : 'The file still grows.'} It is recorded when the
          attempt ends.
        </span>
        {onShowRecorded === undefined ? null : (
          <button type="button" className="link" onClick={onShowRecorded}>
            Show recorded version
          </button>
        )}
      </p>
      <pre className="code numbered" tabIndex={0} aria-label={`Code of ${path}`}>
        <CodeText key={path} text={text} language={language} growing={!isClosed} numbered />
      </pre>
    </FileFrame>
  );
}

import { counted } from '@stagewire/client';
import type { RunState } from '@stagewire/client';
import { attemptName } from '../run/attempt-places.ts';
import { CodeText } from '../text/code-text.tsx';
import type { GrowingFile } from './growing-files.ts';
import { FileFrame } from './file-frame.tsx';
import { lineCount } from './line-count.ts';

export interface LiveFileProps {
  readonly state: RunState;
  readonly file: GrowingFile;
  readonly onClose: () => void;
  /** Shows the latest recorded version; `undefined` if there is none. */
  readonly onShowRecorded: (() => void) | undefined;
}

/** A file while a role writes it. */
export function LiveFile({ state, file, onClose, onShowRecorded }: LiveFileProps) {
  const { path, text, language, isOpen } = file;
  const stage = state.stages.at(-1);
  const attempt = stage?.attempts.at(-1);
  const author =
    stage === undefined || attempt === undefined
      ? ''
      : ` by ${attemptName(state, { stage: stage.stage, attempt: attempt.attempt })}`;
  return (
    <FileFrame
      path={path}
      text={text}
      onClose={onClose}
      facts={
        <>
          <span className="muted">{counted(lineCount(text), 'line')}</span>
          <span className="badge is-growing">being written{author}</span>
        </>
      }
    >
      <p className="file-versions">
        <span className="muted">
          {isOpen ? 'The file still grows.' : 'The file is complete in the text.'} It is recorded when the
          attempt ends.
        </span>
        {onShowRecorded === undefined ? null : (
          <button type="button" className="link" onClick={onShowRecorded}>
            Show recorded version
          </button>
        )}
      </p>
      <pre className="code numbered" tabIndex={0} aria-label={`Code of ${path}`}>
        <CodeText key={path} text={text} language={language} growing={isOpen} numbered />
      </pre>
    </FileFrame>
  );
}

import { GitFork, Play } from 'lucide-react';
import { useId } from 'react';
import { useOffers } from '../session/use-offers.ts';
import { useCarryText } from '../start/carry-text.ts';
import { navigate, startFromPath } from '../shell/route.ts';
import { CopyButton } from '../text/code-card.tsx';

export interface UnsentTextProps {
  readonly runId: string;
  readonly text: string;
  /** If not, the permission to send it is missing. @default true */
  readonly hasEnded?: boolean;
  /** The run has completed: its follow-up can have the text as its task. */
  readonly isCompleted: boolean;
  /** Without it there is no button that discards the text. */
  readonly onDiscard?: () => void;
}

/** A text that was typed for a run and cannot be sent any more: read-only, to copy or to use in a new run. */
export function UnsentText({ runId, text, hasEnded = true, isCompleted, onDiscard }: UnsentTextProps) {
  const id = useId();
  const offersStart = useOffers('runs.start');
  const carry = useCarryText();
  return (
    <div className="unsent">
      <label htmlFor={id}>
        {hasEnded
          ? 'The run ended before this text was sent.'
          : 'You do not have the permission to send this text.'}
      </label>
      <textarea id={id} readOnly rows={Math.min(4, text.split('\n').length + 1)} value={text} />
      <p className="unsent-actions">
        {isCompleted && offersStart && (
          <button
            type="button"
            className="small"
            onClick={() => {
              carry(text);
              navigate(startFromPath({ runId }));
            }}
          >
            <GitFork size={13} aria-hidden="true" />
            Use as a follow-up
          </button>
        )}
        {offersStart && (
          <button
            type="button"
            className="small"
            onClick={() => {
              carry(text);
              navigate(`/?like=${runId}`);
            }}
          >
            <Play size={13} aria-hidden="true" />
            Use in a new run
          </button>
        )}
        <CopyButton text={text} />
        {onDiscard === undefined ? null : (
          <button type="button" className="quiet small" onClick={onDiscard}>
            Discard
          </button>
        )}
      </p>
    </div>
  );
}

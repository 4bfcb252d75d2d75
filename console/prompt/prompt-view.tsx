import { grouped } from '@stagewire/client';
import {
  attemptBefore,
  promptChars,
  promptParts,
  promptText,
  withoutLineNumber,
} from '@stagewire/client/text';
import { ArrowLeft, GitCompare } from 'lucide-react';
import { memo, useMemo } from 'react';
import type { RunPrompt, RunState, AttemptPlace } from '@stagewire/client';
import { useRunPrompt } from '@stagewire/client/react';
import { attemptName } from '../run/attempt-places.ts';
import { CopyButton } from '../text/code-card.tsx';
import { PlainText } from '../text/plain-text.tsx';
import { TextDiff } from '../text/text-diff.tsx';

export interface PromptViewProps {
  readonly state: RunState;
  readonly at: AttemptPlace;
  /** Show the changes since the previous prompt. */
  readonly changes: boolean;
  readonly onClose: () => void;
  readonly onChanges: (changes: boolean) => void;
}

/** The exact prompt of an attempt, and its changes since the previous one. */
export function PromptView({ state, at, changes, onClose, onChanges }: PromptViewProps) {
  const { status, prompt, error, retry } = useRunPrompt(state.runId, at);
  const before = attemptBefore(state, at);
  return (
    <article className="prompt-view" aria-labelledby="prompt-title">
      <header>
        <button type="button" className="icon-button" aria-label="Back to stage" onClick={onClose}>
          <ArrowLeft size={16} aria-hidden="true" />
        </button>
        <h2 id="prompt-title">Prompt of {attemptName(state, at)}</h2>
        {prompt === undefined ? null : (
          <>
            <span className="muted">{grouped(promptChars(prompt))} characters</span>
            <span className="spacer" />
            <span className="view-actions">
              {before === undefined ? null : (
                <button
                  type="button"
                  className="small"
                  aria-pressed={changes}
                  onClick={() => onChanges(!changes)}
                >
                  <GitCompare size={14} aria-hidden="true" />
                  Changes
                </button>
              )}
              <CopyButton text={promptText(prompt)} />
            </span>
          </>
        )}
      </header>
      {prompt?.exact === false && (
        <p className="prompt-inexact" role="note">
          Not exactly what was sent: this version of the server builds a different prompt from the run’s
          events.
        </p>
      )}
      {status === 'loading' && <p className="fetching muted">Loading the prompt</p>}
      {error === undefined ? null : (
        <p className="problems" role="alert">
          The prompt could not be loaded. {error.message}{' '}
          <button type="button" className="small" onClick={retry}>
            Retry
          </button>
        </p>
      )}
      {prompt === undefined ? null : changes && before !== undefined ? (
        <PromptChanges state={state} prompt={prompt} before={before} />
      ) : (
        <PromptParts prompt={prompt} />
      )}
    </article>
  );
}

const PromptParts = memo(function PromptParts({ prompt }: { readonly prompt: RunPrompt }) {
  return promptParts(prompt).map(({ title, text }, index) => (
    // The index is the key: the messages of a prompt never change.
    <details key={index} className="prompt-part" open>
      <summary>
        {title} <span className="muted">{grouped(text.length)} characters</span>
      </summary>
      <div className="prompt-part-text">
        <PlainText text={text} />
      </div>
    </details>
  ));
});

interface PromptChangesProps {
  readonly state: RunState;
  readonly prompt: RunPrompt;
  readonly before: AttemptPlace;
}

function PromptChanges({ state, prompt, before }: PromptChangesProps) {
  const { prompt: earlier, error } = useRunPrompt(state.runId, before);
  const name = attemptName(state, before);
  const texts = useMemo(
    () => (earlier === undefined ? undefined : { before: promptText(earlier), after: promptText(prompt) }),
    [earlier, prompt],
  );
  if (error !== undefined) {
    return (
      <p className="problems" role="alert">
        The prompt of {name} could not be loaded. {error.message}
      </p>
    );
  }
  if (texts === undefined) return <p className="fetching muted">Loading the previous prompt</p>;
  return (
    <>
      <p className="muted">Compared with {name}</p>
      <TextDiff {...texts} label="Changes in the prompt" keyOf={withoutLineNumber} />
    </>
  );
}

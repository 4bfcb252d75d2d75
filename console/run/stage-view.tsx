import { counted, grouped } from '@stagewire/client';
import { ScrollText } from 'lucide-react';
import { memo } from 'react';
import type { AttemptState, CommandState, RunState, StageState } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';
import { AttemptRestarts } from '../lineage/attempt-restarts.tsx';
import { useOffers } from '../session/use-offers.ts';
import { Link } from '../shell/link.tsx';
import { runPath } from '../shell/route.ts';
import { PlainText } from '../text/plain-text.tsx';
import { AttemptBar } from './attempt-bar.tsx';
import { AttemptEnd } from './attempt-end.tsx';
import { inheritedFrom, startReason } from './attempt-labels.ts';
import type { ShowFile } from './issue-list.tsx';
import { ModelAnswer } from './model-answer.tsx';
import { ReviewText } from './review-text.tsx';
import { promptCommands } from './stage-facts.ts';
import { textOf, titleOf } from './commands.ts';

export interface StageViewProps {
  readonly state: RunState;
  readonly stage: StageState;
  readonly attempt: AttemptState;
  readonly onShowAttempt: (attempt: number) => void;
  /** `undefined` if the caller may not read prompts. */
  readonly onShowPrompt: ((attempt: number) => void) | undefined;
  readonly onShowFile: ShowFile;
  /** Whether new runs can start from the attempt. */
  readonly canRestart: boolean;
}

/** One attempt of a stage: its instructions, reasoning, text and end. */
export function StageView(props: StageViewProps) {
  const { state, stage, attempt, onShowAttempt, onShowPrompt, onShowFile, canRestart } = props;
  const key = `${stage.stage}-${attempt.attempt}`;
  const growing = attempt.status === 'running';
  const offersStart = useOffers('runs.start');
  return (
    <article className="stage-view" aria-labelledby="stage-title">
      <header>
        <div className="stage-title">
          <h2 id="stage-title">
            {capitalized(stage.role)} <span className="stage-number">stage {stage.stage}</span>
          </h2>
          {onShowPrompt === undefined ? null : (
            <button
              type="button"
              className="quiet small"
              title="Show the prompt of this attempt (p)"
              onClick={() => onShowPrompt(attempt.attempt)}
            >
              <ScrollText size={14} aria-hidden="true" />
              Prompt
            </button>
          )}
        </div>
        <AttemptBar stage={stage} shown={attempt} updatedAt={state.updatedAt} onShow={onShowAttempt} />
        <InheritedNote attempt={attempt} />
        {canRestart && offersStart && (
          <AttemptRestarts key={key} state={state} stage={stage} attempt={attempt} />
        )}
      </header>
      <PromptNotes state={state} stage={stage} attempt={attempt} />
      <Reasoning key={`reasoning-${key}`} text={attempt.reasoning} growing={growing && attempt.text === ''} />
      {stage.format === 'json' ? (
        <ReviewText key={key} state={state} stage={stage} attempt={attempt} onShowFile={onShowFile} />
      ) : (
        <ModelAnswer key={key} text={attempt.text} growing={growing} />
      )}
      <AttemptEnd state={state} stage={stage} attempt={attempt} onShowAttempt={onShowAttempt} />
    </article>
  );
}

/** Which run executed an inherited attempt. */
function InheritedNote({ attempt: { inheritedFrom } }: { readonly attempt: AttemptState }) {
  const seesOthers = useOffers('runs.get', inheritedFrom?.runId);
  if (inheritedFrom === undefined) return null;
  return (
    <p className="inherited-note muted">
      <span className="badge">Inherited</span> Executed by{' '}
      {seesOthers ? (
        <Link className="mono" href={runPath(inheritedFrom.runId)}>
          {inheritedFrom.runId}
        </Link>
      ) : (
        <span className="mono">{inheritedFrom.runId}</span>
      )}
      ; its tokens and cost are not counted here.
    </p>
  );
}

interface PromptNotesProps {
  readonly state: RunState;
  readonly stage: StageState;
  readonly attempt: AttemptState;
}

interface CommandTitleProps {
  readonly command: CommandState;
  readonly stage: number;
  readonly attempt: number;
}

/** Why an attempt was started, and the instructions in its prompt. */
const PromptNotes = memo(
  function PromptNotes({ state, stage, attempt }: PromptNotesProps) {
    const commands = promptCommands(state, attempt);
    if (attempt.cause === 'plan' && commands.length === 0) return null;
    return (
      <div className="prompt-notes">
        <p>
          {[`Attempt ${attempt.attempt}`, startReason(stage, attempt)].filter((it) => it !== '').join(' · ')}
          {attempt.keptChars > 0 &&
            `; continues after ${counted(attempt.keptChars, 'character')} of the previous attempt`}
        </p>
        {commands.map((it) => (
          <blockquote key={it.commandId}>
            <CommandTitle command={it} stage={stage.stage} attempt={attempt.attempt} /> {textOf(it.command)}
          </blockquote>
        ))}
      </div>
    );
  },
  (one, other) =>
    one.state.commands === other.state.commands &&
    one.attempt.attempt === other.attempt.attempt &&
    one.attempt.startedAt === other.attempt.startedAt,
);

function CommandTitle({ command, ...at }: CommandTitleProps) {
  const inherited = inheritedFrom(command, at);
  return (
    <span className="command-title">
      {titleOf(command.command)}
      {inherited === undefined ? '' : `, ${inherited}`}
    </span>
  );
}

/** The reasoning of an attempt, collapsed. */
const Reasoning = memo(function Reasoning({
  text,
  growing,
}: {
  readonly text: string;
  readonly growing: boolean;
}) {
  if (text === '') return null;
  return (
    <details className="reasoning">
      <summary>
        Reasoning{' '}
        <span className="muted">
          {grouped(text.length)} characters{growing ? ', in progress' : ''}
        </span>
      </summary>
      <div className="reasoning-text">
        <PlainText text={text} />
      </div>
    </details>
  );
});

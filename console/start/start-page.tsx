import { defaultRoles } from '@stagewire/client';
import type { StartFrom } from '@stagewire/client';
import { Play } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore, type FormEvent, type KeyboardEvent } from 'react';
import { lazyQuotaNote } from '../session/lazy-session.ts';
import { Link } from '../shell/link.tsx';
import { navigate, runPath } from '../shell/route.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { ContextFiles } from './context-files.tsx';
import { DraftSourceNote } from './draft-source-note.tsx';
import { examples } from './examples.ts';
import { FieldProblem, fieldProps } from './field-problem.tsx';
import { LabelFields } from './label-fields.tsx';
import { LimitFields } from './limit-fields.tsx';
import { ModelFields } from './model-fields.tsx';
import { FillDialog } from './fill-dialog.tsx';
import { OwnerField } from './owner-field.tsx';
import { RehearsalNote } from './rehearsal-note.tsx';
import { RolePicker } from './role-picker.tsx';
import { SettingsFields } from './settings-fields.tsx';
import { countSetFields, emptyDraft, isUntouched, type StartDraft } from './start-draft.ts';
import type { StartForm } from './start-form.ts';
import { useFillFromRun } from './use-fill-from-run.ts';
import { focusFirstProblem, useStartProblems } from './use-start-problems.ts';
import '../styles/start.css';

const QuotaNote = lazyQuotaNote.Part;

export interface StartPageProps {
  readonly form: StartForm;
  /** The run whose input fills the form. */
  readonly like: string | undefined;
  /** The run that the new run starts from; its input fills the form. */
  readonly from: StartFrom | undefined;
  readonly mayStart: boolean;
}

/** The form that starts a run. A text that was typed before the permission was taken away stays. */
export function StartPage(props: StartPageProps) {
  const { draft } = useSyncExternalStore(props.form.subscribe, props.form.now);
  if (props.mayStart || !isUntouched(draft)) return <StartRun {...props} />;
  return (
    <div className="page-note">
      <h1>No run is selected</h1>
      <p>
        Select one in the run list<span className="narrow-only">: the button at the top left opens it</span>.
        You do not have the permission to start runs.
      </p>
    </div>
  );
}

function StartRun({ form, like, from, mayStart }: StartPageProps) {
  const { draft, sending, errorText, refusal, startedRunId } = useSyncExternalStore(form.subscribe, form.now);
  const info = useServerInfo();
  const order = info?.roles.map((it) => it.role) ?? defaultRoles;
  const limits = info?.limits ?? {};
  const element = useRef<HTMLFormElement>(null);
  const problems = useStartProblems(draft, limits, refusal);
  const { problemOf, trackPress, markVisited, reveal, reset, hasRefusals } = problems;
  useEffect(() => {
    if (refusal !== undefined) focusFirstProblem(element.current);
  }, [refusal]);
  const [confirmed, setConfirmed] = useState<string>();
  const filler =
    from !== undefined ? { runId: from.runId, from } : like === undefined ? undefined : { runId: like };
  const toConfirm = confirmed === filler?.runId || isUntouched(draft) ? undefined : filler?.runId;
  const filling = useFillFromRun(toConfirm === undefined ? filler : undefined, (filled) => {
    setConfirmed(undefined);
    reset();
    form.fill(filled);
  });
  const [folds, setFolds] = useState(0);
  const set = (change: Partial<StartDraft>) => form.edit((now) => ({ ...now, ...change }));
  const chosen = countSetFields(draft);

  const send = () => {
    if (mayStart && !sending && !reveal(element.current)) void form.start(order);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
  };
  const clear = () => {
    reset();
    form.clear();
    setFolds(folds + 1);
    document.getElementById('task')?.focus();
  };

  return (
    <div className="start-page" data-scroller>
      <form
        ref={element}
        className="start-form"
        noValidate
        onSubmit={submit}
        onKeyDown={onKeyDown}
        onPointerDownCapture={trackPress}
        onBlur={markVisited}
      >
        <h1>New run</h1>
        {info?.realModel === false ? <RehearsalNote /> : null}
        {filling === undefined ? null : (
          <p className={filling.failed ? 'problems' : 'muted'} role={filling.failed ? 'alert' : 'status'}>
            {filling.text}
          </p>
        )}
        {draft.source === undefined ? null : (
          <DraftSourceNote source={draft.source} onRemove={() => set({ source: undefined })} />
        )}
        <label className="field">
          <span>{draft.source?.isFollowUp === true ? 'Follow-up: what should change?' : 'Task'}</span>
          <textarea
            id="task"
            rows={5}
            aria-required="true"
            autoFocus
            placeholder={
              draft.source?.isFollowUp === true ? 'For example: now add tests' : 'What should be built?'
            }
            value={draft.task}
            onChange={(event) => set({ task: event.target.value })}
            {...fieldProps('task', problemOf)}
          />
          <FieldProblem field="task" problemOf={problemOf} />
        </label>
        {draft.source === undefined ? <Examples onChoose={(task) => set({ task })} /> : null}
        <OwnerField draft={draft} onChange={(owner) => set({ owner })} />
        <RolePicker order={order} draft={draft} problemOf={problemOf} onChange={set} />
        <ContextFiles
          files={draft.files}
          limits={limits}
          problemOf={problemOf}
          onChange={(change) => form.edit((now) => ({ ...now, files: change(now.files) }))}
        />
        <details key={`models-${folds}`} className="start-more">
          <Summary title="Models and instructions" chosen={chosen.models} />
          <ModelFields
            order={order}
            draft={draft}
            serverModels={info?.models ?? {}}
            problemOf={problemOf}
            onChange={set}
          />
        </details>
        <details key={`settings-${folds}`} className="start-more">
          <Summary title="Effort and output length" chosen={chosen.settings} />
          <SettingsFields order={order} draft={draft} problemOf={problemOf} onChange={set} />
        </details>
        <details key={`more-${folds}`} className="start-more">
          <Summary title="Labels and limits" chosen={chosen.more} />
          <LabelFields labels={draft.labels} problemOf={problemOf} onChange={(labels) => set({ labels })} />
          <LimitFields
            draft={draft}
            limits={limits}
            currency={info?.prices?.currency}
            problemOf={problemOf}
            onChange={set}
          />
        </details>
        {errorText === undefined ? null : (
          <p className="problems" role="alert">
            {errorText}
          </p>
        )}
        {hasRefusals || (refusal !== undefined && refusal.text !== '' && refusal.draft === draft) ? (
          <p className="problems" role="alert">
            Not started. {refusal?.draft === draft ? refusal.text : ''}
            {hasRefusals && ' The server rejected the marked fields.'}
          </p>
        ) : null}
        {startedRunId === undefined ? null : (
          <p className="muted" role="status">
            Your run has started. <Link href={runPath(startedRunId)}>Open run</Link>
          </p>
        )}
        {info?.quotas === undefined ? null : <QuotaNote />}
        <p className="start-actions">
          {mayStart ? (
            <>
              <button type="submit" className="primary large" aria-disabled={sending}>
                <Play size={15} aria-hidden="true" />
                {sending ? 'Starting' : 'Start run'}
              </button>
              <span className="muted start-keys">
                <kbd>Ctrl</kbd> <kbd>Enter</kbd>
              </span>
            </>
          ) : (
            <span role="status">You do not have the permission to start runs. Your text is kept.</span>
          )}
          <span className="spacer" />
          {draft === emptyDraft ? null : (
            <button type="button" className="quiet" onClick={clear}>
              Clear form
            </button>
          )}
        </p>
      </form>
      {toConfirm === undefined ? null : (
        <FillDialog
          like={toConfirm}
          onFill={() => setConfirmed(toConfirm)}
          onKeep={() => {
            form.carryText('');
            navigate('/', { replace: true });
          }}
        />
      )}
    </div>
  );
}

function Examples({ onChoose }: { readonly onChoose: (task: string) => void }) {
  return (
    <div className="examples" role="group" aria-label="Examples">
      <span className="muted">Examples</span>
      {examples.map((it) => (
        <button key={it.title} type="button" className="small" onClick={() => onChoose(it.task)}>
          {it.title}
        </button>
      ))}
    </div>
  );
}

/** The title of a collapsed section, with the number of its fields that have a value. */
function Summary({ title, chosen }: { readonly title: string; readonly chosen: number }) {
  return (
    <summary>
      {title}
      {chosen === 0 ? null : <span className="count">{chosen} set</span>}
    </summary>
  );
}

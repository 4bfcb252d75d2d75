import { Play } from 'lucide-react';
import { useEffect, useState, type FormEvent, type KeyboardEvent } from 'react';
import { useStagewire } from '../../react/index.ts';
import { randomRunId } from '../../random-id.ts';
import { navigate, runPath } from '../shell/route.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { ContextFiles } from './context-files.tsx';
import { examples } from './examples.ts';
import { ModelFields } from './model-fields.tsx';
import { RehearsalNote } from './rehearsal-note.tsx';
import { RolePicker } from './role-picker.tsx';
import { defaultRoles, draftLike, emptyDraft, startInput, type StartDraft } from './start-draft.ts';

/** Where a run is started. */
export function StartPage() {
  const stagewire = useStagewire();
  const info = useServerInfo();
  const [draft, setDraft] = useState(emptyDraft);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const order = info?.roles.map((it) => it.role) ?? defaultRoles;
  const set = (change: Partial<StartDraft>) => setDraft((now) => ({ ...now, ...change }));

  const like = new URLSearchParams(location.search).get('like');
  useEffect(() => {
    if (like === null) return;
    // Without the run the form stays empty, which it would have been anyway.
    stagewire
      .run(like)
      .snapshot()
      .then(
        (state) => setDraft(draftLike(state)),
        () => {},
      );
  }, [stagewire, like]);

  const send = async () => {
    if (draft.task.trim() === '' || draft.roles.length === 0 || sending) return;
    setSending(true);
    setProblem(undefined);
    // One id for the form as it is: sent again after a lost answer, it is still one run.
    const runId = randomRunId(Date.now());
    try {
      await stagewire.start({ ...startInput(draft, order), runId });
      navigate(runPath(runId));
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSending(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send();
  };

  return (
    <div className="start-page" data-scroller>
      <form className="start-form" onSubmit={submit} onKeyDown={onKeyDown}>
        <h1>New run</h1>
        {info?.realModel === false ? <RehearsalNote /> : null}
        <label className="field">
          <span>Task</span>
          <textarea
            id="task"
            rows={5}
            maxLength={100_000}
            required
            autoFocus
            placeholder="What should be built?"
            value={draft.task}
            onChange={(event) => set({ task: event.target.value })}
          />
        </label>
        <div className="examples" role="group" aria-label="Examples">
          <span className="muted">Examples</span>
          {examples.map((it) => (
            <button key={it.title} type="button" className="small" onClick={() => set({ task: it.task })}>
              {it.title}
            </button>
          ))}
        </div>
        <RolePicker order={order} draft={draft} onChange={set} />
        <ContextFiles files={draft.files} onChange={(files) => set({ files })} />
        <details className="start-more">
          <summary>Models and instructions</summary>
          <ModelFields order={order} draft={draft} serverModels={info?.models ?? {}} onChange={set} />
        </details>
        {problem === undefined ? null : (
          <p className="problems" role="alert">
            Not started. {problem}
          </p>
        )}
        <p className="start-actions">
          <button
            type="submit"
            className="primary large"
            disabled={draft.task.trim() === '' || draft.roles.length === 0 || sending}
          >
            <Play size={15} aria-hidden="true" />
            {sending ? 'Starting' : 'Start run'}
          </button>
          <span className="muted">
            <kbd>Ctrl</kbd> <kbd>Enter</kbd>
          </span>
        </p>
      </form>
    </div>
  );
}

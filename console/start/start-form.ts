import { StagewireError, type InputIssue, type StartInput } from '@stagewire/client';
import { emptyDraft, startInput, type StartDraft } from './start-draft.ts';

export interface StartFormState {
  readonly draft: StartDraft;
  /** A run is asked for, and there is no answer yet. */
  readonly sending: boolean;
  /** Why the last run that was asked for has not started. */
  readonly refusal: string | undefined;
  /** The last run that was asked for, where nobody was taken to it when it had started. */
  readonly startedRunId: string | undefined;
}

/** The form as it outlives its page: who leaves it for a look at a run finds it again, and what was asked for with it. */
export interface StartForm {
  readonly now: () => StartFormState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Changes the draft at once. */
  edit(change: (now: StartDraft) => StartDraft): void;
  clear(): void;
  /** Asks for the run, one at a time. One id for the draft as it is: sent again after a lost answer, it is still one run. */
  start(order: readonly string[]): Promise<void>;
}

export interface StartFormOptions {
  readonly start: (input: StartInput) => Promise<unknown>;
  readonly newRunId: () => string;
  /** Is the form on the page? */
  readonly isShown: () => boolean;
  /** Shows a run that has started. */
  readonly goTo: (runId: string) => void;
}

export function createStartForm(options: StartFormOptions): StartForm {
  const listeners = new Set<() => void>();
  let state: StartFormState = {
    draft: emptyDraft,
    sending: false,
    refusal: undefined,
    startedRunId: undefined,
  };
  let sent: { readonly draft: StartDraft; readonly runId: string } | undefined;
  const set = (change: Partial<StartFormState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  return {
    now: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    edit(change) {
      set({ draft: change(state.draft) });
    },
    clear() {
      set({ draft: emptyDraft, refusal: undefined, startedRunId: undefined });
    },
    async start(order) {
      if (state.sending) return;
      const { draft } = state;
      const runId = sent?.draft === draft ? sent.runId : options.newRunId();
      sent = { draft, runId };
      set({ sending: true, refusal: undefined, startedRunId: undefined });
      try {
        await options.start({ ...startInput(draft, order), runId });
      } catch (error) {
        set({ sending: false, refusal: refusalWords(error) });
        return;
      }
      // Who has gone on to something else, another page or another draft, is left there.
      const isStill = state.draft === draft;
      const goes = isStill && options.isShown();
      set({
        sending: false,
        ...(isStill && { draft: emptyDraft }),
        startedRunId: goes ? undefined : runId,
      });
      if (goes) options.goTo(runId);
    },
  };
}

function refusalWords(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'OUTCOME_UNKNOWN') {
    return 'There was no answer, so the run may have been started or not. Press Start run again when the server is back, with the form as it is: it stays one run.';
  }
  if (error instanceof StagewireError && (error.code === 'INVALID_INPUT' || error.code === 'TOO_LARGE')) {
    const issues = error.details?.issues;
    if (issues !== undefined) return `Not started. ${issues.map(issueWords).join(' ')}`;
  }
  return `Not started. ${error instanceof Error ? error.message : String(error)}`;
}

/** As the form has the fields, not as the protocol does. */
function issueWords({ field, message }: InputIssue): string {
  const [group = '', name = ''] = field.split('.');
  const words: Readonly<Record<string, string>> = {
    task: 'Task',
    pipeline: 'Roles',
    models: name === 'default' ? 'Model' : `Model of the ${name}`,
    settings: name === 'default' ? 'Settings' : `Settings of the ${name}`,
    instructions: name === 'all' ? 'Instructions' : `Instructions for the ${name}`,
    labels: name === '' ? 'Labels' : `Label ${name}`,
    files: 'Files',
    limits: 'Limits',
  };
  return `${words[group] ?? field}: ${message}.`;
}

import type { StartInput } from '@stagewire/client';
import { emptyDraft, startInput, type StartDraft } from './start-draft.ts';
import { readRefusal, type StartRefusal } from './start-refusal.ts';

export interface StartFormState {
  readonly draft: StartDraft;
  /** A start request is in flight. */
  readonly sending: boolean;
  /** The error text of the last start request, if the error is not about the input. */
  readonly errorText: string | undefined;
  /** The rejection of the last start request, if it is about the input. */
  readonly refusal: StartRefusal | undefined;
  /** The last started run, if the console did not navigate to it. */
  readonly startedRunId: string | undefined;
}

/** The start form. It outlives its page: a draft and a request in flight survive a visit to another page. */
export interface StartForm {
  readonly now: () => StartFormState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Applies a change to the current draft. */
  edit(change: (now: StartDraft) => StartDraft): void;
  clear(): void;
  /** Carries a text into the task of the next draft that `fill` takes. */
  carryText(text: string): void;
  /** Replaces the draft, with the carried text at the end of its task. */
  fill(draft: StartDraft): void;
  /** Starts the run; one request at a time. An unchanged draft keeps its run id, so that a repeat is idempotent. */
  start(order: readonly string[]): Promise<void>;
}

export interface StartFormOptions {
  readonly start: (input: StartInput) => Promise<unknown>;
  readonly newRunId: () => string;
  /** Whether the form is shown. */
  readonly isShown: () => boolean;
  /** Navigates to a started run. */
  readonly goTo: (runId: string) => void;
}

export function createStartForm(options: StartFormOptions): StartForm {
  const listeners = new Set<() => void>();
  let state: StartFormState = {
    draft: emptyDraft,
    sending: false,
    errorText: undefined,
    refusal: undefined,
    startedRunId: undefined,
  };
  let sent: { readonly draft: StartDraft; readonly runId: string } | undefined;
  let carried = '';
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
    carryText(text) {
      carried = text;
    },
    fill(draft) {
      const task = carried === '' ? draft.task : `${draft.task.trimEnd()}\n\n${carried}`.trimStart();
      carried = '';
      set({ draft: { ...draft, task } });
    },
    clear() {
      set({ draft: emptyDraft, errorText: undefined, refusal: undefined, startedRunId: undefined });
    },
    async start(order) {
      if (state.sending) return;
      const { draft } = state;
      const runId = sent?.draft === draft ? sent.runId : options.newRunId();
      sent = { draft, runId };
      set({ sending: true, errorText: undefined, refusal: undefined, startedRunId: undefined });
      try {
        await options.start({ ...startInput(draft, order), runId });
      } catch (error) {
        const refusal = readRefusal(error, draft);
        set({
          sending: false,
          refusal,
          errorText: refusal === undefined ? startErrorText(error) : undefined,
        });
        return;
      }
      // Navigate only if neither the page nor the draft has changed since.
      const isUnchanged = state.draft === draft;
      const navigates = isUnchanged && options.isShown();
      set({
        sending: false,
        ...(isUnchanged && { draft: emptyDraft }),
        startedRunId: navigates ? undefined : runId,
      });
      if (navigates) options.goTo(runId);
    },
  };
}

function startErrorText(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'OUTCOME_UNKNOWN') {
    return 'No response: the run may or may not have started. Select Start run again when the server is back. If the form is unchanged, no second run is started.';
  }
  return `Not started. ${error instanceof Error ? error.message : String(error)}`;
}

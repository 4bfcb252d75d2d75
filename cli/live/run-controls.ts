import {
  isEnded,
  StagewireClientError,
  StagewireError,
  type RunEvent,
  type RunState,
} from '@stagewire/client';
import { cleanLine } from '../render/clean-text.ts';
import { wrapRows } from '../render/wrap-rows.ts';
import { problemText } from '../render/render-problem.ts';
import type { Paint } from '../terminal/paint.ts';
import {
  cancelDraft,
  changedDraft,
  followed,
  isComplete,
  redirectDraft,
  steerDraft,
  type Draft,
} from './draft.ts';
import type { Key } from './key-parser.ts';
import { draftRows } from './render-draft.ts';

export interface RunControlsOptions {
  readonly paint: Paint;
  /** The roles that a run may be redirected to, in the order of a pipeline. */
  readonly roles: () => readonly string[];
  /** Whether the caller may send commands to this run. */
  readonly canControl: (runId: string) => boolean;
  /** What Ctrl-C does, for the list of keys. */
  readonly onInterruptText: string;
  /** Sends a command. It rejects like the methods of `Run`. */
  readonly send: (draft: Draft, state: RunState, commandId: string) => Promise<unknown>;
  readonly createCommandId: () => string;
  /** Called when the rows are no longer current. */
  readonly onChange: () => void;
  /** Appends a line to the output. */
  readonly onLine: (text: string) => void;
}

/** The keys of a window that shows a run, and the rows below its text. */
export interface RunControls {
  key(key: Key): void;
  /** Call it with every event, after the state was folded. */
  noteEvent(event: RunEvent, state: RunState): void;
  /** @param status what the run waits for. */
  rows(options: {
    readonly status: string | undefined;
    readonly columns: number;
    readonly maxRows: number;
  }): string[];
  /** Whether the rows have a cursor of their own. */
  readonly isTyping: boolean;
  /** The texts that were typed and not sent. */
  unsentTexts(): string[];
}

type PendingStatus = 'sent' | 'accepted';

export function createRunControls(options: RunControlsOptions): RunControls {
  const { paint, roles, send, createCommandId, onChange, onLine } = options;
  let state: RunState | undefined;
  let draft: Draft | undefined;
  let isHelpShown = false;
  /** What was typed before Esc: the same key shows it again. */
  const left = new Map<Draft['kind'], Draft>();
  const pending = new Map<string, { readonly kind: Draft['kind']; status: PendingStatus }>();

  const isControlled = (it: RunState | undefined): it is RunState =>
    it !== undefined && !isEnded(it) && options.canControl(it.runId);
  const open = (next: Draft, current: RunState) => {
    const kept = left.get(next.kind);
    draft = kept === undefined ? next : followed(kept, current);
    left.delete(next.kind);
  };
  const leave = () => {
    if (draft !== undefined && draft.line.text.trim() !== '') left.set(draft.kind, draft);
    draft = undefined;
  };
  const submit = (sent: Draft, current: RunState) => {
    const commandId = sent.commandId ?? createCommandId();
    const entry = { kind: sent.kind, status: 'sent' as PendingStatus };
    pending.set(commandId, entry);
    draft = undefined;
    send(sent, current, commandId).then(
      () => {
        entry.status = 'accepted';
        onChange();
      },
      (error: unknown) => {
        pending.delete(commandId);
        onLine(`${paint('magenta', `» ${sent.kind}`)} ${paint('yellow', rejectionText(error))}`);
        const isUnknown = error instanceof StagewireClientError && error.code === 'OUTCOME_UNKNOWN';
        const again = { ...sent, isCaptured: true, ...(isUnknown && { commandId }) };
        // What is being typed now is not replaced.
        if (draft === undefined) draft = again;
        else if (!left.has(sent.kind)) left.set(sent.kind, again);
        onChange();
      },
    );
  };
  const idleKey = (char: string, current: RunState) => {
    switch (char) {
      case 's':
        return open(steerDraft(current), current);
      case 'r':
        return open(redirectDraft(current, roles()), current);
      case 'x':
        return open(cancelDraft(current, 'stage'), current);
      case 'X':
        return open(cancelDraft(current, 'run'), current);
      case '?':
        isHelpShown = true;
    }
  };
  const handle = (key: Key, current: RunState) => {
    if (draft !== undefined) {
      if (key.kind === 'key' && key.name === 'escape') return leave();
      if (key.kind !== 'key' || key.name !== 'enter') draft = changedDraft(draft, key, current) ?? draft;
      else if (isComplete(draft, current)) submit(draft, current);
      return;
    }
    const wasHelpShown = isHelpShown;
    isHelpShown = false;
    if (key.kind !== 'text' || (wasHelpShown && key.text === '?')) return;
    const [first = '', ...rest] = key.text;
    idleKey(first, current);
    if (rest.length > 0) handle({ kind: 'text', text: rest.join('') }, current);
  };
  const pendingRows = () =>
    [...pending.values()].map(({ kind, status }) =>
      paint(
        'magenta',
        `» ${kind} ${status === 'sent' ? 'sent, no answer yet' : 'accepted, not applied yet'}`,
      ),
    );

  return {
    key(key) {
      // The last keys of a text belong to it, also if the run has ended meanwhile.
      if (state === undefined || !(isControlled(state) || draft !== undefined)) return;
      handle(key, state);
      onChange();
    },
    noteEvent(event, next) {
      state = next;
      if (event.type === 'command.applied' || event.type === 'command.dropped')
        pending.delete(event.commandId);
      if (draft !== undefined) draft = followed(draft, next);
    },
    rows({ status, columns, maxRows }) {
      if (!isControlled(state)) return status === undefined ? [] : [status];
      const above = pendingRows();
      if (draft !== undefined) {
        const rows = draftRows(draft, state, { paint, columns, maxRows });
        return [...above, ...(status === undefined ? [] : [status]), ...rows].slice(-maxRows);
      }
      if (isHelpShown) return helpRows(options.onInterruptText, columns).map((row) => paint('dim', row));
      return [...above, idleRow(status, { paint, columns, hasUnsent: left.size > 0 })];
    },
    get isTyping() {
      return draft !== undefined;
    },
    unsentTexts() {
      return [...left.values(), ...(draft === undefined ? [] : [draft])].flatMap(({ line }) =>
        line.text.trim() === '' ? [] : [line.text.trim()],
      );
    },
  };
}

function idleRow(
  status: string | undefined,
  { paint, columns, hasUnsent }: { paint: Paint; columns: number; hasUnsent: boolean },
): string {
  const steer = hasUnsent ? 's steer (unsent text)' : 's steer';
  const keys = columns >= 60 ? `${steer} · r redirect · x cancel · ? keys` : '? keys';
  if (status !== undefined) return columns >= 80 ? `${status}  ${paint('dim', `   ${keys}`)}` : status;
  return paint('dim', columns >= 30 && columns < 60 ? 's steer · r · x · ? keys' : keys);
}

function helpRows(onInterruptText: string, columns: number): string[] {
  const rows: readonly (readonly [string, string])[] = [
    ['s', 'steer: give the model an instruction'],
    ['r', 'redirect: end the stage and continue with another role'],
    ['x  X', 'cancel the stage, or the run'],
    ['Ctrl-C', onInterruptText],
    ['Enter', 'send what is typed; Alt-Enter starts a new line'],
    ['Tab', 'change the mode, the role or the target; Shift-Tab the scope'],
    ['Ctrl-T', 'target the stage that is current now'],
    ['Esc', 'leave; the same key shows the text again'],
  ];
  return rows.flatMap(([key, text]) => wrapRows(`${key.padEnd(7)} ${text}`, columns, ' '.repeat(8)));
}

/** Why a command was not accepted, in one line. */
function rejectionText(error: unknown): string {
  const isUnknown = error instanceof StagewireClientError && error.code === 'OUTCOME_UNKNOWN';
  if (isUnknown) return cleanLine(problemText(error));
  // The advice of the other commands is about their options.
  const isMismatch = error instanceof StagewireError && error.code === 'STAGE_MISMATCH';
  return `rejected: ${cleanLine(isMismatch ? `${error.message} Nothing was changed.` : problemText(error))}`;
}

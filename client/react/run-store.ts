import type { Stagewire } from '../stagewire.ts';
import type {
  Command,
  DeleteReceipt,
  Receipt,
  RunEvent,
  RunState,
  RunWaiting,
  StageWaiting,
} from '../generated/contract.ts';
import { fold, isTransient, isEnded } from '../streams/run-state.ts';
import { asError, codeOf } from '@stagewire/shared/caught-error';
import { statusAfter, stillPending, withCommand, type PendingCommand } from './pending-commands.ts';
import { createCommittedView } from './committed-view.ts';

/** One run as it is rendered; a new object with every change. */
export interface RunView {
  readonly state: RunState | undefined;
  /** Why the subscription to the run has ended with an error. */
  readonly error: Error | undefined;
  /** The current heartbeat of a waiting run: the last transient event. */
  readonly waiting: RunWaiting | StageWaiting | undefined;
  readonly pendingCommands: readonly PendingCommand[];
}

/**
 * One run for all components that use it: one subscription while there are any.
 *
 * It does not use the handle of `client.run`. The handle keeps every event for listeners that are added later; the
 * store keeps only the state, may start with a state that was fetched elsewhere, and starts again if the cursor belongs
 * to another log, which a reader of events must not do. Both share `subscribeToRun` and `fold`.
 */
export interface RunStore {
  /** What is rendered. Changes at most once per animation frame. */
  readonly view: RunView;
  /** Whether all components that used it have unmounted. */
  readonly isUnused: boolean;
  /** Subscribes to the run until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Sets a state that was fetched elsewhere, if it is newer than the current one. */
  seed(initial: RunState): void;
  /** Sends a command. It is in `pendingCommands` at once, until it is in `state.commands`. */
  send(command: Command): Promise<Receipt>;
  /** Sends a pending command again with the same id: it is never executed twice. */
  resend(commandId: string): Promise<Receipt>;
  /** Deletes the run; then as `markDeleted`. */
  delete(): Promise<DeleteReceipt>;
  /** The run was deleted: removes what is known of it, and sets the error. */
  markDeleted(): void;
  /** Removes a command that is `refused` or `unknown` from the list. */
  dismiss(commandId: string): void;
}

export const emptyView: RunView = {
  state: undefined,
  error: undefined,
  waiting: undefined,
  pendingCommands: [],
};

export interface RunStoreOptions {
  readonly client: Stagewire;
  readonly runId: string;
  /** Called when the last component that used it has unmounted. */
  readonly onUnused: () => void;
}

export function createRunStore({ client, runId, onUnused }: RunStoreOptions): RunStore {
  const view = createCommittedView<RunView>({ first: emptyView, read, onUnused });
  let isDeleted = false;

  function change(part: Partial<RunView>): void {
    const { pendingCommands, state } = { ...view.latest, ...part };
    view.change({ ...part, pendingCommands: stillPending(pendingCommands, state) });
  }

  function take(event: RunEvent): void {
    if (isTransient(event)) change({ waiting: event });
    else change({ state: fold(view.latest.state, event), waiting: undefined, error: undefined });
  }

  async function read(signal: AbortSignal): Promise<void> {
    // If the server does not know the position of this state, it has another log, or lost the latest events of this one:
    // then the run is read from the beginning.
    for (let isRetry = false; ; isRetry = true) {
      const from = view.latest.state?.cursor;
      if (hasEnded(view.latest.state)) return;
      try {
        const input = { runId, ...(from !== undefined && { lastEventId: from }) };
        for await (const event of client.procedures.runs.events(input, { signal })) {
          if (signal.aborted) return;
          isRetry = false;
          take(event);
        }
        return;
      } catch (error) {
        if (codeOf(error) === 'RUN_EXPIRED') forget();
        const isLost = view.latest.state !== undefined && codeOf(error) === 'CURSOR_INVALID';
        if (!isLost || isRetry || signal.aborted) throw error;
        view.latest = { ...view.latest, state: undefined };
      }
    }
  }

  /** Also what was rendered on the server and is passed again with each render. */
  function forget(): void {
    isDeleted = true;
    change({ state: undefined, waiting: undefined });
  }

  function markDeleted(): void {
    forget();
    view.flush();
    // The server says why there is no state. If the run is not shown, it says so to the next subscription.
    if (!view.hasNoSubscribers) client.run(runId).snapshot().catch(takeError);
  }

  function takeError(error: unknown): void {
    change({ error: asError(error) });
    view.flush();
  }

  async function send(command: Command): Promise<Receipt> {
    const { commandId } = command;
    const entry = { commandId, command, sentAt: Date.now() };
    const put = (more: Pick<PendingCommand, 'status' | 'error'>) =>
      change({ pendingCommands: withCommand(view.latest.pendingCommands, { ...entry, ...more }) });
    put({ status: 'sending' });
    view.flush();
    try {
      const receipt = await call(client, command);
      put({ status: 'accepted' });
      return receipt;
    } catch (error) {
      put({ status: statusAfter(error), error: asError(error) });
      const accepted = view.latest.state?.commands.find((it) => it.commandId === commandId);
      if (accepted === undefined) throw error;
      // The reply was lost, but the run's events show that the command was accepted.
      return { commandId, cursor: accepted.cursor, target: accepted.target };
    }
  }

  return {
    get view() {
      return view.committed;
    },
    get isUnused() {
      return view.hasNoSubscribers;
    },
    subscribe: (listener) => view.subscribe(listener),
    seed(initial) {
      const { state } = view.latest;
      if (isDeleted) return;
      if (state === undefined || state.seq < initial.seq) view.seed({ state: initial });
    },
    send,
    async delete() {
      const receipt = await client.delete(runId);
      markDeleted();
      return receipt;
    },
    markDeleted,
    async resend(commandId) {
      const entry = view.latest.pendingCommands.find((it) => it.commandId === commandId);
      if (entry === undefined) throw new Error(`There is no pending command ${commandId}.`);
      return send(entry.command);
    },
    dismiss(commandId) {
      const isSettled = ({ status }: PendingCommand) => status === 'refused' || status === 'unknown';
      change({
        pendingCommands: view.latest.pendingCommands.filter(
          (it) => it.commandId !== commandId || !isSettled(it),
        ),
      });
      view.flush();
    },
  };
}

/** Not with the run's handle, which would subscribe to the run a second time until the outcome is known. */
function call({ procedures }: Stagewire, { kind, ...input }: Command): Promise<Receipt> {
  const send: (input: never) => Promise<Receipt> = procedures.runs[kind];
  return send(input as never);
}

export function hasEnded(state: RunState | undefined): boolean {
  return state !== undefined && isEnded(state);
}

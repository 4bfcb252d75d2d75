import type { Stagewire } from '../connect.ts';
import type {
  Command,
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

/** One run as the screen shows it; a new object with every change. */
export interface RunView {
  readonly state: RunState | undefined;
  /** Why the run cannot be followed any more. */
  readonly error: Error | undefined;
  /** What the run waits for, while it does: from the last event that only filled a silence. */
  readonly waiting: RunWaiting | StageWaiting | undefined;
  readonly pendingCommands: readonly PendingCommand[];
}

/**
 * One run for all components that show it: one subscription while there are any.
 *
 * It does not go by the handle of `client.run`. That keeps every event, to give them to who comes later; this keeps the
 * state alone, may begin with one that was fetched elsewhere, and begins again where the cursor is of another log, which
 * a reader of events must not. What both do in the same way is below them: `followRun` and `fold`.
 */
export interface RunStore {
  /** What the screen shows. Changes at most once per picture. */
  readonly view: RunView;
  /** Have all components that showed it gone? */
  readonly isLeft: boolean;
  /** Follows the run until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Takes a state that somebody else has fetched, if it is newer than the own. */
  seed(initial: RunState): void;
  /** Sends a command. It is in `pendingCommands` at once, and in `state.commands` when it is not there any more. */
  send(command: Command): Promise<Receipt>;
  /** Sends a pending command again, with its id: it never acts twice. */
  resend(commandId: string): Promise<Receipt>;
  /** Takes a command that is `refused` or `unknown` off the list. */
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
  /** The last component that showed it has gone. */
  readonly onLeft: () => void;
}

export function createRunStore({ client, runId, onLeft }: RunStoreOptions): RunStore {
  const view = createCommittedView<RunView>({ first: emptyView, read, onLeft });

  function change(part: Partial<RunView>): void {
    const { pendingCommands, state } = { ...view.latest, ...part };
    view.change({ ...part, pendingCommands: stillPending(pendingCommands, state) });
  }

  function take(event: RunEvent): void {
    if (isTransient(event)) change({ waiting: event });
    else change({ state: fold(view.latest.state, event), waiting: undefined, error: undefined });
  }

  async function read(signal: AbortSignal): Promise<void> {
    // A server that has not this state's position in its log has another log: then all is read from the beginning.
    for (let retried = false; ; retried = true) {
      const from = view.latest.state?.cursor;
      if (hasEnded(view.latest.state)) return;
      try {
        const input = { runId, ...(from !== undefined && { lastEventId: from }) };
        for await (const event of client.procedures.runs.events(input, { signal })) {
          if (signal.aborted) return;
          take(event);
        }
        return;
      } catch (error) {
        const isLost = !retried && from !== undefined && codeOf(error) === 'CURSOR_INVALID';
        if (!isLost || signal.aborted) throw error;
        view.latest = { ...view.latest, state: undefined };
      }
    }
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
      // The reply was lost, and yet the run's events tell that the command came.
      return { commandId, cursor: accepted.cursor, target: accepted.target };
    }
  }

  return {
    get view() {
      return view.committed;
    },
    get isLeft() {
      return view.hasNoSubscribers;
    },
    subscribe: (listener) => view.subscribe(listener),
    seed(initial) {
      const { state } = view.latest;
      if (state === undefined || state.seq < initial.seq) view.seed({ state: initial });
    },
    send,
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

/** Not by the run's handle: that would follow the run a second time until it knows what became of the command. */
function call({ procedures }: Stagewire, { kind, ...input }: Command): Promise<Receipt> {
  const send: (input: never) => Promise<Receipt> = procedures.runs[kind];
  return send(input as never);
}

export function hasEnded(state: RunState | undefined): boolean {
  return state !== undefined && isEnded(state);
}

import type { Stagewire } from '../connect.ts';
import type {
  Command,
  Receipt,
  RunEvent,
  RunState,
  RunWaiting,
  StageWaiting,
} from '../generated/contract.ts';
import { fold, isTransient } from '../run-state.ts';
import { asError, codeOf } from './caught-error.ts';
import { createFrame } from './frame.ts';
import { createListeners } from './listeners.ts';
import { statusAfter, stillPending, withCommand, type PendingCommand } from './pending-commands.ts';

/** One run as the screen shows it; a new object with every change. */
export interface RunView {
  readonly state: RunState | undefined;
  /** Why the run cannot be followed any more. */
  readonly error: Error | undefined;
  /** What the run waits for, while it does: from the last event that only filled a silence. */
  readonly waiting: RunWaiting | StageWaiting | undefined;
  readonly pendingCommands: readonly PendingCommand[];
}

/** One run for all components that show it: one subscription while there are any. */
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
  /** What is known; `shown` catches up with it once per picture. */
  let known = emptyView;
  let shown = known;
  let reading: AbortController | undefined;

  const frame = createFrame(() => {
    if (shown === known) return;
    shown = known;
    listeners.notify();
  });
  const listeners = createListeners({
    start() {
      reading = new AbortController();
      if (known.error !== undefined) change({ error: undefined });
      void read(reading.signal);
    },
    stop() {
      reading?.abort();
      onLeft();
    },
  });

  function change(part: Partial<RunView>): void {
    const next = { ...known, ...part };
    known = { ...next, pendingCommands: stillPending(next.pendingCommands, next.state) };
    frame.request();
  }

  function take(event: RunEvent): void {
    if (isTransient(event)) change({ waiting: event });
    else change({ state: fold(known.state, event), waiting: undefined, error: undefined });
  }

  async function read(signal: AbortSignal): Promise<void> {
    // A server that has not this state's position in its log has another log: then all is read from the beginning.
    for (let retried = false; ; retried = true) {
      const from = known.state?.cursor;
      if (hasEnded(known.state)) return;
      try {
        const input = { runId, ...(from !== undefined && { lastEventId: from }) };
        for await (const event of client.procedures.runs.events(input, { signal })) {
          if (signal.aborted) return;
          take(event);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isLost = !retried && from !== undefined && codeOf(error) === 'CURSOR_INVALID';
        if (!isLost) return change({ error: asError(error) });
        known = { ...known, state: undefined };
      }
    }
  }

  async function send(command: Command): Promise<Receipt> {
    const { commandId } = command;
    const entry = { commandId, command, sentAt: Date.now() };
    const put = (more: Pick<PendingCommand, 'status' | 'error'>) =>
      change({ pendingCommands: withCommand(known.pendingCommands, { ...entry, ...more }) });
    put({ status: 'sending' });
    frame.flush();
    try {
      const receipt = await call(client, command);
      put({ status: 'accepted' });
      return receipt;
    } catch (error) {
      put({ status: statusAfter(error), error: asError(error) });
      const accepted = known.state?.commands.find((it) => it.commandId === commandId);
      if (accepted === undefined) throw error;
      // The reply was lost, and yet the run's events tell that the command came.
      return { commandId, cursor: accepted.cursor, target: accepted.target };
    }
  }

  return {
    get view() {
      return shown;
    },
    get isLeft() {
      return listeners.presence === 'left';
    },
    subscribe: (listener) => listeners.add(listener),
    seed(initial) {
      if (known.state !== undefined && known.state.seq >= initial.seq) return;
      known = { ...known, state: initial };
      if (listeners.presence === 'some') frame.request();
      else shown = known;
    },
    send,
    async resend(commandId) {
      const entry = known.pendingCommands.find((it) => it.commandId === commandId);
      if (entry === undefined) throw new Error(`There is no pending command ${commandId}.`);
      return send(entry.command);
    },
    dismiss(commandId) {
      const isSettled = ({ status }: PendingCommand) => status === 'refused' || status === 'unknown';
      change({
        pendingCommands: known.pendingCommands.filter((it) => it.commandId !== commandId || !isSettled(it)),
      });
      frame.flush();
    },
  };
}

/** Not by the run's handle: that would follow the run a second time until it knows what became of the command. */
function call({ procedures }: Stagewire, { kind, ...input }: Command): Promise<Receipt> {
  switch (kind) {
    case 'steer':
      return procedures.runs.steer(input as Parameters<typeof procedures.runs.steer>[0]);
    case 'redirect':
      return procedures.runs.redirect(input as Parameters<typeof procedures.runs.redirect>[0]);
    case 'cancel':
      return procedures.runs.cancel(input as Parameters<typeof procedures.runs.cancel>[0]);
    default:
      return kind satisfies never;
  }
}

export function hasEnded(state: RunState | undefined): boolean {
  return state !== undefined && state.status !== 'queued' && state.status !== 'running';
}

import { useCallback, useMemo, useRef, useState } from 'react';
import type { ConnectionState } from '../transport/connection-state.ts';
import type { AttemptTarget, RunState, RunWaiting, StageWaiting, Status } from '../generated/contract.ts';
import { isPast, targetOf } from '../streams/run-state.ts';
import type { PendingCommand } from './pending-commands.ts';
import { createRunCommands, type CapturedTarget, type RunCommands } from './run-commands.ts';
import { hasEnded, type RunStore, type RunView } from './run-store.ts';
import { useConnection } from './stores-context.ts';
import { useRunView, type RunSubscriptionOptions } from './use-run-view.ts';

/** The options of `useRun`. */
export type UseRunOptions = RunSubscriptionOptions;

/** A run as returned by `useRun`, with its commands. */
export interface UseRun extends RunCommands {
  /**
   * The run's own status, or
   * - `none`: the hook was called without a run id
   * - `loading`: no event of the run was received yet
   * - `unavailable`: the subscription failed, and `error` has the reason; `state` is the last known one, if any
   */
  readonly status: Status | 'none' | 'loading' | 'unavailable';
  /**
   * The state of the run as received; `undefined` before the first event. The outcomes of commands are in its
   * `commands`.
   */
  readonly state: RunState | undefined;
  /** The error of the subscription, as thrown by `events` of the client; otherwise `undefined`. */
  readonly error: Error | undefined;
  /** What the run is waiting for, updated about once a second while it sends no other events; otherwise `undefined`. */
  readonly waiting: RunWaiting | StageWaiting | undefined;
  /** The state of the socket: while it is `lost`, the run is shown as of its `since`. */
  readonly connection: ConnectionState;
  /** The attempt that is running or in backoff; `null` while the run is queued, has ended, or is unknown. */
  readonly current: AttemptTarget | null;
  /**
   * The target of the next command: the captured one, otherwise `current`; `null` while the run is queued (its first
   * stage).
   */
  readonly target: AttemptTarget | null;
  /** Whether `target` was captured. */
  readonly captured: boolean;
  /**
   * Whether the run has left the stage of the captured target, so that a command for it would be rejected. A target
   * that was captured while the run was queued is its first stage.
   */
  readonly targetIsPast: boolean;
  /**
   * Keeps what is rendered now as the target, until a command for it is accepted or `releaseTarget` is called. Call it
   * when the user starts to type (`onFocus`): if the run moves on meanwhile, the command is rejected with
   * STAGE_MISMATCH instead of applying to another stage.
   */
  captureTarget(): void;
  /** Commands apply to the current attempt again. */
  releaseTarget(): void;
  /** Commands sent by this hook that are not in `state.commands` yet, including rejected ones; oldest first. */
  readonly pendingCommands: readonly PendingCommand[];
}

interface CapturedHere extends CapturedTarget {
  readonly store: RunStore | undefined;
}

/**
 * A live run: its state, the state of the connection, and the commands. Subscribes to the run while the component is
 * mounted, and renders at most once per animation frame. All components with the same run id share one subscription.
 *
 * @param runId `undefined` subscribes to nothing.
 * @throws Error without a provider.
 */
export function useRun(runId: string | undefined, options: UseRunOptions = {}): UseRun {
  const { picked: view, store } = useRunView(runId, { ...options, hook: 'useRun', pick: (it) => it });
  const connection = useConnection();
  const [captured, setCaptured] = useState<CapturedHere>();
  const isCaptured = captured !== undefined && captured.store === store;
  // Read by commands when they are called, possibly from a handler of an earlier render.
  const latest = useRef<CapturedHere | undefined>(undefined);

  const keep = useCallback((next: CapturedHere | undefined) => {
    latest.current = next;
    setCaptured(next);
  }, []);
  const captureTarget = useCallback(
    () => keep({ store, target: targetOf(store?.view.state) }),
    [keep, store],
  );
  const releaseTarget = useCallback(() => keep(undefined), [keep]);
  const commands = useMemo(
    () =>
      createRunCommands({
        runId,
        store,
        captured: () => (latest.current?.store === store ? latest.current : undefined),
        release: (used) => {
          // The user may have captured the next target before this command was accepted.
          if (latest.current === used) releaseTarget();
        },
      }),
    [runId, store, releaseTarget],
  );

  const { state, error, waiting, pendingCommands } = view;
  const current = targetOf(state);
  const target = isCaptured ? captured.target : current;
  return {
    ...commands,
    status: statusOf(view, runId),
    state,
    error,
    waiting,
    connection,
    current,
    target,
    captured: isCaptured,
    targetIsPast: isPast(target, state),
    captureTarget,
    releaseTarget,
    pendingCommands,
  };
}

function statusOf({ state, error }: RunView, runId: string | undefined): UseRun['status'] {
  if (runId === undefined) return 'none';
  if (error !== undefined && !hasEnded(state)) return 'unavailable';
  return state?.status ?? 'loading';
}

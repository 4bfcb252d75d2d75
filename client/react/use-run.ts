import { useCallback, useMemo, useRef, useState } from 'react';
import type { ConnectionState } from '../transport/connection.ts';
import type { AttemptTarget, RunState, RunWaiting, StageWaiting, Status } from '../generated/contract.ts';
import { isPast, targetOf } from '../streams/run-state.ts';
import type { PendingCommand } from './pending-commands.ts';
import { createRunCommands, type CapturedTarget, type RunCommands } from './run-commands.ts';
import { hasEnded, type RunStore, type RunView } from './run-store.ts';
import { useConnection } from './stores-context.ts';
import { useRunView, type FollowRunOptions } from './use-run-view.ts';

/** What `useRun` may be given. */
export type UseRunOptions = FollowRunOptions;

/** A run as `useRun` shows it, and the commands for it. */
export interface UseRun extends RunCommands {
  /**
   * The run's own status, or
   * - `none`: the hook was called without a run id
   * - `loading`: nothing has been seen of the run yet
   * - `unavailable`: the run cannot be followed, and `error` says why; `state` is what was seen before, if anything
   */
  readonly status: Status | 'none' | 'loading' | 'unavailable';
  /** Everything seen of the run; `undefined` before anything is. What became of a command is in its `commands`. */
  readonly state: RunState | undefined;
  /** Why the run cannot be followed, as `events` of the client throws it; `undefined` while it can. */
  readonly error: Error | undefined;
  /** What the run waits for just now, told about once a second while it is silent. */
  readonly waiting: RunWaiting | StageWaiting | undefined;
  /** How the socket stands: while it is `lost`, what is shown is as old as its `since`. */
  readonly connection: ConnectionState;
  /** The attempt that runs or waits now; `null` while the run is queued, has ended, or has not been seen. */
  readonly current: AttemptTarget | null;
  /** What a command goes to: the captured target, else `current`; `null` while the run is queued, and its first stage then. */
  readonly target: AttemptTarget | null;
  /** Is `target` a captured one? */
  readonly captured: boolean;
  /**
   * Has the run moved on from the captured target, so that a command for it would be refused? A target that was captured
   * while the run was queued is its first stage.
   */
  readonly targetIsPast: boolean;
  /**
   * Keeps what the person sees now as the target, until a command for it is accepted or `releaseTarget` is called. Call it
   * when somebody begins to say something (`onFocus`): if the run moves on meanwhile, their command is refused with
   * STAGE_MISMATCH instead of hitting a stage they did not mean.
   */
  captureTarget(): void;
  /** Lets commands go to the current attempt again. */
  releaseTarget(): void;
  /** Commands given here that `state.commands` does not show yet, the refused ones too; oldest first. */
  readonly pendingCommands: readonly PendingCommand[];
}

interface CapturedHere extends CapturedTarget {
  readonly store: RunStore | undefined;
}

/**
 * A run, live: its state, how the connection stands, and the commands. Follows the run while the component is there
 * and renders it at most once per picture of the screen. All components with the same run id share one subscription.
 *
 * @param runId `undefined` if there is none yet: then nothing is followed.
 * @throws Error without a provider.
 */
export function useRun(runId: string | undefined, options: UseRunOptions = {}): UseRun {
  const { picked: view, store } = useRunView(runId, { ...options, hook: 'useRun', pick: (it) => it });
  const connection = useConnection();
  const [captured, setCaptured] = useState<CapturedHere>();
  const isCaptured = captured !== undefined && captured.store === store;
  // What commands read when they are called, perhaps by a handler of an earlier render.
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
          // Somebody may have begun to say the next thing before this one was answered.
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

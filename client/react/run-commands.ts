import type { CancelChoices, CommandChoices, RedirectChoices, SteerChoices } from '../command-choices.ts';
import type { AttemptTarget, Command, DeleteReceipt, Expect, Receipt, Role } from '../generated/contract.ts';
import { randomCommandId } from '../random-id.ts';
import { expectOf, targetOf } from '../streams/run-state.ts';
import type { RunStore } from './run-store.ts';

/** The options of every command of the hook. */
export interface RunCommandOptions extends CommandChoices {
  /**
   * What must be current for the command to be accepted; otherwise it is rejected with STAGE_MISMATCH. A target, such
   * as `target` of the hook, matches its stage, whichever attempt.
   *
   * @default the target that was captured last and not used yet, otherwise the one that is rendered now
   */
  readonly expect?: Expect | AttemptTarget | null | undefined;
}

/** The options of a steer. */
export interface RunSteerOptions extends RunCommandOptions, SteerChoices {}

/** The options of a redirect. */
export interface RunRedirectOptions extends RunCommandOptions, RedirectChoices {}

/** The options of a cancel. */
export interface RunCancelOptions extends RunCommandOptions, CancelChoices {}

/**
 * Each resolves with the receipt when the command is accepted and durable, and rejects like the methods of `Run`. The
 * promise may be ignored: a rejected command is in `pendingCommands`, with its error and whole text.
 */
export interface RunCommands {
  /** Sends an instruction to the model. */
  steer(text: string, options?: RunSteerOptions): Promise<Receipt>;
  /** Ends the current stage and continues with another role. */
  redirect(to: Role, options?: RunRedirectOptions): Promise<Receipt>;
  /** Cancels the run, or only its current stage. */
  cancel(options?: RunCancelOptions): Promise<Receipt>;
  /**
   * Deletes the run, which must have ended, with all its data; it cannot be undone. Then `status` is `unavailable`, `error`
   * has the code RUN_EXPIRED, and there is no `state`. Not a command of the run: a rejection is not in `pendingCommands`.
   *
   * @throws StagewireError RUN_NOT_ENDED, RUN_NOT_FOUND, RUN_EXPIRED.
   */
  delete(): Promise<DeleteReceipt>;
  /**
   * Sends a pending command again with the same id: it is never executed twice. For a command with status `unknown`.
   */
  resend(commandId: string): Promise<Receipt>;
  /** Removes a `refused` or `unknown` command from `pendingCommands`. */
  dismiss(commandId: string): void;
}

export interface RunCommandsOptions {
  readonly runId: string | undefined;
  readonly store: RunStore | undefined;
  readonly captured: () => CapturedTarget | undefined;
  /** Called when a command for this captured target was accepted. */
  readonly release: (used: CapturedTarget) => void;
}

/** What the user saw when they started to type; `null` while there was no stage. */
export interface CapturedTarget {
  readonly target: AttemptTarget | null;
}

export function createRunCommands({ runId, store, captured, release }: RunCommandsOptions): RunCommands {
  const expectFor = ({ expect }: RunCommandOptions): Expect => {
    const { state } = store?.view ?? {};
    const seen = captured() ?? { target: targetOf(state) };
    const target = expect === undefined ? seen.target : expect;
    return target === null || isTarget(target) ? expectOf(target, state) : target;
  };
  const send = (
    make: (common: { runId: string; commandId: string }) => Command,
    { commandId, expect }: RunCommandOptions,
  ) => {
    if (store === undefined || runId === undefined) {
      return ignorable(Promise.reject(noRun()));
    }
    const used = expect === undefined ? captured() : undefined;
    const sent = store.send(make({ runId, commandId: commandId ?? randomCommandId() }));
    return ignorable(
      sent.then((receipt) => {
        if (used !== undefined) release(used);
        return receipt;
      }),
    );
  };

  return {
    steer(text, options = {}) {
      const { mode = 'restart', scope = 'run', draft } = options;
      const expect = expectFor(options);
      return send(
        (common) => ({ ...common, kind: 'steer', text, mode, scope, expect, ...(draft && { draft }) }),
        options,
      );
    },
    redirect(to, options = {}) {
      const expect = expectFor(options);
      const { text } = options;
      return send(
        (common) => ({ ...common, kind: 'redirect', to, expect, ...(text !== undefined && { text }) }),
        options,
      );
    },
    cancel({ target = 'run', reason, ...options } = {}) {
      // It applies to the run in any stage, and is not the command that the user captured a target for: the target is
      // kept.
      const given =
        target === 'run' && options.expect === undefined ? { ...options, expect: 'any' as const } : options;
      const expect = expectFor(given);
      return send(
        (common) => ({ ...common, kind: 'cancel', target, expect, ...(reason !== undefined && { reason }) }),
        given,
      );
    },
    delete: () => store?.delete() ?? Promise.reject(noRun()),
    resend: (commandId) => ignorable(store?.resend(commandId) ?? Promise.reject(noRun())),
    dismiss: (commandId) => store?.dismiss(commandId),
  };
}

function isTarget(expect: Expect | AttemptTarget): expect is AttemptTarget {
  return expect !== 'any' && 'stage' in expect && 'role' in expect;
}

function noRun(): Error {
  return new Error('useRun has no run id, so there is no run for the command.');
}

/** Prevents an unhandled rejection: the error is in `pendingCommands`. */
function ignorable<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

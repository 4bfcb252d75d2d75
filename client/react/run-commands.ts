import type { CancelChoices, CommandChoices, RedirectChoices, SteerChoices } from '../command-choices.ts';
import type { AttemptTarget, Command, Expect, Receipt, Role } from '../generated/contract.ts';
import { randomCommandId } from '../random-id.ts';
import { expectOf, targetOf } from '../streams/run-state.ts';
import type { RunStore } from './run-store.ts';

/** What every command of the hook may be given. */
export interface RunCommandOptions extends CommandChoices {
  /**
   * What must be current for the command to be accepted, else it is refused with STAGE_MISMATCH. A target, as
   * `target` of the hook, means its stage, whichever attempt.
   *
   * @default the target that was captured last and not used yet, else the one that the screen shows now
   */
  readonly expect?: Expect | AttemptTarget | null | undefined;
}

/** What a steer may be given. */
export interface RunSteerOptions extends RunCommandOptions, SteerChoices {}

/** What a redirect may be given. */
export interface RunRedirectOptions extends RunCommandOptions, RedirectChoices {}

/** What a cancel may be given. */
export interface RunCancelOptions extends RunCommandOptions, CancelChoices {}

/**
 * Each resolves with the receipt when the command is accepted and durable, and rejects as the methods of `Run` do. The
 * promise may be ignored: a refusal stands in `pendingCommands` with its error and the command's whole text.
 */
export interface RunCommands {
  /** Gives the model an instruction. */
  steer(text: string, options?: RunSteerOptions): Promise<Receipt>;
  /** Ends the current stage and goes to another role. */
  redirect(to: Role, options?: RunRedirectOptions): Promise<Receipt>;
  /** Ends the run, or its current stage only. */
  cancel(options?: RunCancelOptions): Promise<Receipt>;
  /** Sends a pending command again, with its id: it never acts twice. For one whose fate is `unknown`. */
  resend(commandId: string): Promise<Receipt>;
  /** Takes a `refused` or `unknown` command off `pendingCommands`. */
  dismiss(commandId: string): void;
}

export interface RunCommandsOptions {
  readonly runId: string | undefined;
  readonly store: RunStore | undefined;
  readonly captured: () => CapturedTarget | undefined;
  /** A command for this captured target was accepted. */
  readonly release: (used: CapturedTarget) => void;
}

/** What a person saw when they began to say something; `null` while no stage was there. */
export interface CapturedTarget {
  readonly target: AttemptTarget | null;
}

export function createRunCommands({ runId, store, captured, release }: RunCommandsOptions): RunCommands {
  const expectFor = ({ expect }: RunCommandOptions): Expect => {
    const { state } = store?.view ?? {};
    const seen = captured() ?? { target: targetOf(state) };
    const meant = expect === undefined ? seen.target : expect;
    return meant === null || isTarget(meant) ? expectOf(meant, state) : meant;
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
      // The run is meant, whatever its stage; and that is not what the person was about to say: their target is kept.
      const given =
        target === 'run' && options.expect === undefined ? { ...options, expect: 'any' as const } : options;
      const expect = expectFor(given);
      return send(
        (common) => ({ ...common, kind: 'cancel', target, expect, ...(reason !== undefined && { reason }) }),
        given,
      );
    },
    resend: (commandId) => ignorable(store?.resend(commandId) ?? Promise.reject(noRun())),
    dismiss: (commandId) => store?.dismiss(commandId),
  };
}

function isTarget(expect: Expect | AttemptTarget): expect is AttemptTarget {
  return expect !== 'any' && 'stage' in expect && 'role' in expect;
}

function noRun(): Error {
  return new Error('There is no run to command: useRun has no run id.');
}

/** A rejection that nobody looks at stays silent: what went wrong stands in `pendingCommands`. */
function ignorable<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

import type { AttemptTarget, Command, Expect, Receipt, Role } from '../generated/contract.ts';
import { randomCommandId } from '../random-id.ts';
import { currentTarget, expectOf } from './command-target.ts';
import type { RunStore } from './run-store.ts';

/** What every command of the hook may be given. */
export interface RunCommandOptions {
  /**
   * What must be current for the command to be accepted, else it is refused with STAGE_MISMATCH. A target, as
   * `target` of the hook, means its stage, whichever attempt.
   *
   * @default the target that was captured last and not used yet, else the one that the screen shows now
   */
  readonly expect?: Expect | AttemptTarget | null | undefined;
  /** A UUID. The same id with the same content never acts twice. @default a new one */
  readonly commandId?: string | undefined;
}

/** What a steer may be given. */
export interface RunSteerOptions extends RunCommandOptions {
  /**
   * `restart`: the stage begins anew with the instruction; `continue`: it goes on where the text stopped; `next`: nothing is
   * aborted, the next stage sees it.
   *
   * @default 'restart'
   */
  readonly mode?: 'restart' | 'continue' | 'next' | undefined;
  /** Who sees the instruction: this stage and all later ones (`run`), or this stage only. @default 'run' */
  readonly scope?: 'stage' | 'run' | undefined;
  /**
   * `drop` leaves the interrupted text out of the next prompt; with mode `restart` only.
   *
   * @default 'keep'
   */
  readonly draft?: 'keep' | 'drop' | undefined;
}

/** What a redirect may be given. */
export interface RunRedirectOptions extends RunCommandOptions {
  /** An instruction for the role and all later ones. */
  readonly text?: string | undefined;
}

/** What a cancel may be given. */
export interface RunCancelOptions extends RunCommandOptions {
  /** What ends: the run, whatever its stage, or its current stage only. @default 'run' */
  readonly target?: 'run' | 'stage' | undefined;
  /** For the record, up to 2000 chars. @default none */
  readonly reason?: string | undefined;
}

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
    if (expect === undefined) {
      const seen = captured();
      return expectOf(seen === undefined ? currentTarget(state) : seen.target, state);
    }
    return expect === null || (typeof expect === 'object' && isTarget(expect))
      ? expectOf(expect, state)
      : expect;
  };
  const send = (
    make: (common: { runId: string; commandId: string }) => Command,
    { commandId, expect }: RunCommandOptions,
  ) => {
    if (store === undefined || runId === undefined) {
      return ignorable(Promise.reject(new Error('There is no run to command: useRun has no run id.')));
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
      const more = draft === undefined ? {} : { draft };
      return send((common) => ({ ...common, kind: 'steer', text, mode, scope, expect, ...more }), options);
    },
    redirect(to, options = {}) {
      const expect = expectFor(options);
      const { text } = options;
      return send(
        (common) => ({ ...common, kind: 'redirect', to, expect, ...(text !== undefined && { text }) }),
        options,
      );
    },
    cancel(options = {}) {
      const { target = 'run', reason } = options;
      const why = reason === undefined ? {} : { reason };
      if (target === 'stage') {
        const expect = expectFor(options);
        return send((common) => ({ ...common, kind: 'cancel', target, expect, ...why }), options);
      }
      // The run is meant, whatever its stage; and that is not what somebody was about to say: their target is kept.
      const { expect: asked = 'any', commandId } = options;
      const expect = expectFor({ expect: asked });
      return send((common) => ({ ...common, kind: 'cancel', target, expect, ...why }), { expect, commandId });
    },
    resend: (commandId) =>
      ignorable(
        store?.resend(commandId) ?? Promise.reject(new Error(`There is no pending command ${commandId}.`)),
      ),
    dismiss: (commandId) => store?.dismiss(commandId),
  };
}

function isTarget(expect: object): expect is AttemptTarget {
  return 'stage' in expect && 'role' in expect;
}

/** A rejection that nobody looks at stays silent: what went wrong stands in `pendingCommands`. */
function ignorable<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

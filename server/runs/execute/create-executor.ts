import type { Actor, Receipt, RunCommand, RunState, TransientBody } from '@stagewire/shared';
import type { RunProgress } from '../decide/progress.ts';

/** Executes one run: the only one that decides, calls models and appends for it. */
export interface RunExecutor {
  readonly run: RunState;
  readonly progress: RunProgress;
  begin(): void;
  /** Takes the run over in a new epoch. */
  recover(reason: 'restart' | 'takeover'): void;
  command(command: RunCommand, actor: Actor): Promise<Receipt>;
  heartbeat(): TransientBody | undefined;
  /** Aborts the model call and writes its output so far; the run stays live in the log. */
  stop(): Promise<void>;
}

/** Callbacks of the executor of one run. */
export interface ExecutorHooks {
  /** Charges memory for the growth of the run, in bytes. @returns false if there is none. */
  chargeGrowth(bytes: number): boolean;
  /** Called once, when the executor has stopped appending: the run has ended, or another executor has taken it over. */
  onEnd(): void;
}

/** @param progress The run as its log has it. The executor is idle until `begin`, `recover` or a command. */
export type CreateExecutor = (progress: RunProgress, hooks: ExecutorHooks) => RunExecutor;

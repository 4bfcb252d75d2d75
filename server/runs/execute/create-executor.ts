import type { Actor, Command, Receipt, RunState, TransientBody } from '@stagewire/shared';
import type { RunProgress } from '../decide/progress.ts';

/** Executes one run: the only one who decides, calls models, and writes for it. */
export interface RunExecutor {
  readonly run: RunState;
  readonly progress: RunProgress;
  begin(): void;
  /** Takes the run over in a new epoch. */
  recover(reason: 'restart' | 'takeover'): void;
  command(command: Command, actor: Actor): Promise<Receipt>;
  waiting(): TransientBody | undefined;
  /** Aborts the model call and writes its output so far; the run stays live in the log. */
  stop(): Promise<void>;
}

/** What the executor of one run needs of whoever holds it. */
export interface ExecutorHooks {
  /** Holds memory for what the run has grown by, in bytes. @returns false if there is none. */
  holdGrowth(bytes: number): boolean;
  /** Called once, when the executor writes no more: the run has ended, or another one has taken it over. */
  onEnd(): void;
}

/** @param progress the run as its log has it. Nothing is done before `begin`, `recover` or a command. */
export type CreateExecutor = (progress: RunProgress, hooks: ExecutorHooks) => RunExecutor;

import type { CommandState, RunState } from '@stagewire/shared';
import { pendingCommands, phaseOf, type Phase } from './phase.ts';
import type { RunProgress } from './progress.ts';
import { resolveCommands, type Resolution } from './resolve-commands.ts';

/** The input of one decision. Created once per input, so pending commands are resolved once. */
export interface DecisionContext<In extends Phase = Phase> {
  readonly progress: RunProgress;
  readonly run: RunState;
  readonly phase: In;
  /** Accepted commands without an outcome, in the order of their acceptance. */
  readonly pending: readonly CommandState[];
  readonly resolution: Resolution;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

export function decisionContext(progress: RunProgress, nowMs: number): DecisionContext {
  const { run } = progress;
  const pending = pendingCommands(run);
  return { progress, run, phase: phaseOf(run), pending, resolution: resolveCommands(pending), nowMs };
}

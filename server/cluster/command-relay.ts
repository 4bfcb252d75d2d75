import type { Receipt, RunCommand } from '@stagewire/shared';
import type { Principal } from '../identity/principal.ts';

/** The answer of a node that does not, or no longer, execute the run. */
export type NoExecutor = 'no-executor';

/** Delivers commands to the node that executes their run. */
export interface CommandRelay {
  /**
   * Delivers a command to the node that has claimed the run. Resolves with its receipt, or with `no-executor`
   * if no node with a lease has the run, or its node did not answer in time. The command may still have been
   * accepted then: sending it again with the same id returns the same receipt.
   *
   * @throws StagewireError with which that node has rejected it.
   */
  deliver(command: RunCommand, principal: Principal): Promise<Receipt | NoExecutor>;
  /** Answers commands for runs of this node. Called once. Returns a function that stops it. */
  serve(answer: (command: RunCommand, principal: Principal) => Promise<Receipt | NoExecutor>): () => void;
  /** Polls for commands whose notification was lost; called with every sweep, and after a claim. */
  poll(): void;
}

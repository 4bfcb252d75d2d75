import type { Actor, Command, Receipt } from '@stagewire/shared';

/** Who gives a command, and whose runs they may touch. */
export interface CommandGiver {
  readonly actor: Actor;
  readonly owner: string;
}

/** What a node answers that does not execute the run, or does not any more. */
export type Nobody = 'nobody';

/** Brings commands to the node that executes their run. */
export interface CommandRelay {
  /**
   * Hands a command to the node that has claimed the run. Resolves with its receipt, or with `nobody` if no node with a
   * lease has the run, or the node that has it did not answer in time. After `nobody` the command may still have been
   * accepted: given again with the same id it gets the same receipt.
   *
   * @throws StagewireError with which that node has refused it.
   */
  deliver(command: Command, giver: CommandGiver): Promise<Receipt | Nobody>;
  /** Answers commands for runs of this node. Called once. Returns the way to stop. */
  serve(answer: (command: Command, giver: CommandGiver) => Promise<Receipt | Nobody>): () => void;
  /** Looks for commands whose notification was lost; called with every sweep, and after a claim. */
  look(): void;
}

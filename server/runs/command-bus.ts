import type { Command, Receipt } from '@stagewire/shared';
import type { Asker } from './runs.ts';

/** What the owner of a run does with a command that reaches it. */
export type CommandHandler = (command: Command, asker: Asker) => Promise<Receipt>;

/** Brings a command to the owner of its run, wherever that is, and the receipt back. */
export interface CommandBus {
  /** Says that commands of this run are to be brought here. Returns the way to take that back. */
  own(runId: string, handler: CommandHandler): () => void;
  /** The receipt from the run's owner; `undefined` if nobody owns the run. Rejects as the owner does. */
  deliver(command: Command, asker: Asker): Promise<Receipt> | undefined;
}

/** The bus of one process: a map. */
export function createCommandBus(): CommandBus {
  const handlers = new Map<string, CommandHandler>();
  return {
    own(runId, handler) {
      handlers.set(runId, handler);
      return () => {
        if (handlers.get(runId) === handler) handlers.delete(runId);
      };
    },
    deliver: (command, asker) => handlers.get(command.runId)?.(command, asker),
  };
}

import { createContext, useContext } from 'react';

/** The ids of the commands that this tab has sent, kept across reloads. All other commands are of other actors. */
export interface OwnCommands {
  has(commandId: string): boolean;
  add(commandId: string): void;
}

const storageKey = 'stagewire.commands';
const maxStored = 300;

export function createOwnCommands(storage: () => Storage): OwnCommands {
  const ids = new Set(readStored(storage));
  return {
    has: (commandId) => ids.has(commandId),
    add(commandId) {
      ids.add(commandId);
      try {
        storage().setItem(storageKey, JSON.stringify(Array.from(ids).slice(-maxStored)));
      } catch {
        // Blocked or full: after a reload these commands are shown with their actor's name.
      }
    },
  };
}

function readStored(storage: () => Storage): string[] {
  try {
    const list: unknown = JSON.parse(storage().getItem(storageKey) ?? '[]');
    return Array.isArray(list) ? list.filter((it) => typeof it === 'string') : [];
  } catch {
    // Blocked or invalid: as above.
    return [];
  }
}

export const OwnCommandsContext = createContext<OwnCommands>({ has: () => false, add: () => {} });

export function useOwnCommands(): OwnCommands {
  return useContext(OwnCommandsContext);
}

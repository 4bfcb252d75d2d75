import { createContext, useContext } from 'react';

/** The ids of the commands that this tab has sent, also before a reload: all others are somebody else's. */
export interface OwnCommands {
  has(commandId: string): boolean;
  add(commandId: string): void;
}

const storageKey = 'stagewire.commands';
const mostRemembered = 300;

export function createOwnCommands(storage: () => Storage): OwnCommands {
  const ids = new Set(remembered(storage));
  return {
    has: (commandId) => ids.has(commandId),
    add(commandId) {
      ids.add(commandId);
      try {
        storage().setItem(storageKey, JSON.stringify(Array.from(ids).slice(-mostRemembered)));
      } catch {
        // Forbidden or full: after a reload these commands are shown by their actor's name.
      }
    },
  };
}

function remembered(storage: () => Storage): string[] {
  try {
    const list: unknown = JSON.parse(storage().getItem(storageKey) ?? '[]');
    return Array.isArray(list) ? list.filter((it) => typeof it === 'string') : [];
  } catch {
    // Forbidden or garbled: as above.
    return [];
  }
}

export const OwnCommandsContext = createContext<OwnCommands>({ has: () => false, add: () => {} });

export function useOwnCommands(): OwnCommands {
  return useContext(OwnCommandsContext);
}

import { createContext, useContext } from 'react';
import type { OwnCommands } from './own-commands.ts';

export const OwnCommandsContext = createContext<OwnCommands>({ has: () => false, add: () => {} });

export function useOwnCommands(): OwnCommands {
  return useContext(OwnCommandsContext);
}

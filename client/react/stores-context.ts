import { createContext, useContext } from 'react';
import type { Stores } from './stores.ts';

export const StoresContext = createContext<Stores | undefined>(undefined);

/** @throws Error without a provider above, naming the hook that needs one. */
export function useStores(hook: string): Stores {
  const stores = useContext(StoresContext);
  if (stores === undefined) throw new Error(`${hook} needs a <StagewireProvider> somewhere above it.`);
  return stores;
}

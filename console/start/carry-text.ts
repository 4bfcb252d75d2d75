import { createContext, useContext } from 'react';

export const CarryTextContext = createContext<(text: string) => void>(() => {});

/** Returns a function that carries a text into the task of the next form that is filled from a run. */
export function useCarryText(): (text: string) => void {
  return useContext(CarryTextContext);
}

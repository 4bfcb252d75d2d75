import type { Interrupt, Interrupts } from './interrupts.ts';

/** What the first interrupt of a command stops. */
export interface Stopping {
  /** Aborted by the interrupt. */
  readonly signal: AbortSignal;
  /** `undefined` until then. */
  readonly interrupt: Interrupt | undefined;
}

export function stopOnInterrupt(interrupts: Interrupts): Stopping {
  const controller = new AbortController();
  let first: Interrupt | undefined;
  interrupts.handle((interrupt) => {
    first = interrupt;
    controller.abort();
  });
  return {
    signal: controller.signal,
    get interrupt() {
      return first;
    },
  };
}

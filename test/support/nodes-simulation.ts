import type { Simulation } from './simulate.ts';

/** What one seed of several nodes has shown. */
export interface NodesSimulation extends Simulation {
  readonly counts: Simulation['counts'] & {
    readonly takeOvers: number;
    /** Appends of a node that had lost its run. */
    readonly fenced: number;
    /** Runs that a node had when it was drained, and that another node has claimed until it had stopped. */
    readonly handedOver: number;
  };
}

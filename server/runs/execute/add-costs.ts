import { totalCost, type Cost, type EventBody, type RunState, type Usage } from '@stagewire/shared';

export interface CostOptions {
  /** The cost of this usage of a model; `undefined` if it is unknown. @default all costs are unknown */
  costOf?(modelRef: string, usage: Usage): Cost | undefined;
}

/**
 * Adds their cost to the events in `bodies` that end an attempt, and the total cost to the one that ends the run.
 *
 * @param run The run before these events.
 */
export function addCosts(
  run: RunState,
  bodies: readonly EventBody[],
  { costOf }: CostOptions,
): readonly EventBody[] {
  const attempts = run.stages.flatMap((stage) => stage.attempts);
  return bodies.map((body) => {
    switch (body.type) {
      case 'stage.completed':
      case 'stage.interrupted':
      case 'stage.cancelled':
      case 'stage.failed': {
        // Only the last attempt can be open.
        const open = attempts.pop();
        if (open === undefined) return body;
        const found = costOf?.(open.model, body.usage);
        const cost = found === undefined ? {} : { cost: found };
        attempts.push({ ...open, status: 'completed', ...cost });
        return { ...body, ...cost };
      }
      case 'run.completed':
      case 'run.failed':
      case 'run.cancelled': {
        const cost = totalCost(attempts);
        return cost === undefined ? body : { ...body, cost };
      }
      default:
        return body;
    }
  });
}

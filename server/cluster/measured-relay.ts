import { StagewireError } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import type { LabelledHistograms } from '../runtime/labelled.ts';
import type { CommandRelay } from './command-relay.ts';

/** Measures the commands that are sent to other nodes, in seconds by their outcome. */
export function measureRelay(
  relay: CommandRelay,
  { clock, durations }: { readonly clock: Pick<Clock, 'elapsed'>; readonly durations: LabelledHistograms },
): CommandRelay {
  return {
    ...relay,
    async deliver(command, principal) {
      const startedMs = clock.elapsed();
      const measured = (outcome: string) =>
        durations.of(outcome).observe((clock.elapsed() - startedMs) / 1000);
      try {
        const answer = await relay.deliver(command, principal);
        measured(answer === 'no-executor' ? 'no_executor' : 'receipt');
        return answer;
      } catch (error) {
        measured(error instanceof StagewireError ? 'rejection' : 'unavailable');
        throw error;
      }
    },
  };
}

import type { Receipt, RunCommand } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { NoExecutor } from '../cluster/command-relay.ts';
import type { Clock } from '../runtime/clock.ts';
import { untilAborted, wait } from '../runtime/wait.ts';
import type { Principal } from '../identity/principal.ts';

export interface RemoteCommandsOptions {
  readonly clock: Clock;
  /** How long a run may have no node before a command for it is rejected, in milliseconds: about two leases. */
  readonly takeOverMs: number;
  /** Delay between two tries, in milliseconds. @default 250 */
  readonly retryMs?: number;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
  /** Delivers the command to the node that has the run, here or elsewhere. */
  deliver(command: RunCommand, principal: Principal): Promise<Receipt | NoExecutor>;
}

/** Commands in a cluster: each is delivered to the node that executes its run, or waits until there is one. */
export interface RemoteCommands {
  /**
   * @throws StagewireError EXECUTOR_UNREACHABLE if no node has answered for the run in time, DRAINING when the
   *   server stops, and as the executor does.
   */
  send(command: RunCommand, principal: Principal): Promise<Receipt>;
}

export function createRemoteCommands(options: RemoteCommandsOptions): RemoteCommands {
  const { clock, takeOverMs, retryMs = 250, signal, deliver } = options;
  return {
    async send(command, principal) {
      const deadlineMs = clock.elapsed() + takeOverMs;
      for (;;) {
        const answer = await untilAborted(deliver(command, principal), signal);
        if (answer === undefined) throw wireErrors.DRAINING();
        if (answer !== 'no-executor') return answer;
        if (clock.elapsed() >= deadlineMs) throw wireErrors.EXECUTOR_UNREACHABLE(command.runId);
        await wait(clock, retryMs, signal);
      }
    },
  };
}

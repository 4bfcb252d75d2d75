import type { LinkCommand, Receipt } from '@stagewire/shared';
import type { Principal } from '../identity/principal.ts';
import { LogConflict, type EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { createSerialQueue, type SerialQueue } from '../runtime/serial-queue.ts';
import { decideLink, storedLinkReceipt } from './decide/decide-link.ts';
import type { MeteredAppends } from './execute/append-meter.ts';
import { createRecorder } from './execute/recorder.ts';
import { notAccepted } from './execute/not-accepted.ts';
import type { RunReader } from './run-reader.ts';

export interface EndedRunLinksOptions extends MeteredAppends {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly reader: Pick<RunReader, 'visible'>;
}

/** The links to runs that have ended: such runs have no executor, so every node may append for them. */
export interface EndedRunLinks {
  /**
   * Accepts a command durably, or rejects it.
   *
   * @throws StagewireError as `decideLink` and `RunReader.visible` do; LOG_UNAVAILABLE.
   */
  accept(command: LinkCommand, principal: Principal): Promise<Receipt>;
}

/** Appends that another node may have preceded, before the command is rejected. */
const maxTries = 8;

export function createEndedRunLinks(options: EndedRunLinksOptions): EndedRunLinks {
  const { clock, reader } = options;
  /** The commands of a run one after the other: the log accepts only the first of concurrent appends. */
  const queues = new Map<string, { readonly queue: SerialQueue; commands: number }>();

  async function decide(command: LinkCommand, principal: Principal): Promise<Receipt> {
    const { runId } = command;
    for (let tries = 1; ; tries += 1) {
      const progress = await reader.visible(runId, principal);
      const stored = storedLinkReceipt(progress, command);
      if (stored !== undefined) return stored;
      const accepted = decideLink(progress, command, { actor: principal.actor, nowMs: clock.now() });
      const recorder = createRecorder({ ...options, runId, progress });
      try {
        await recorder.record([accepted]);
      } catch (error) {
        // Another node has appended, or the run was deleted: it is read again.
        if (error instanceof LogConflict && tries < maxTries) continue;
        throw notAccepted(error);
      }
      const receipt = storedLinkReceipt(recorder.progress, command);
      if (receipt === undefined)
        throw new Error(`command ${command.commandId} is not in the fold of its run`);
      return receipt;
    }
  }

  return {
    async accept(command, principal) {
      const { runId } = command;
      const entry = queues.get(runId) ?? { queue: createSerialQueue(), commands: 0 };
      queues.set(runId, entry);
      entry.commands += 1;
      try {
        return await entry.queue.post(() => decide(command, principal));
      } finally {
        entry.commands -= 1;
        if (entry.commands === 0) queues.delete(runId);
      }
    },
  };
}

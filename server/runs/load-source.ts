import type { EventBody, StartFrom } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Principal } from '../identity/principal.ts';
import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { MemoryAccount } from '../runtime/memory-account.ts';
import { nextTurn } from '../runtime/wait.ts';
import { createEventCopier } from './decide/copy-events.ts';
import { resolveSource } from './decide/resolve-source.ts';
import { entriesPerPage, pageBytes } from './load-run.ts';
import { memoryBytesPerLogByte } from './loaded-runs.ts';
import type { RunReader } from './run-reader.ts';
import type { Source } from './start-from.ts';

export interface LoadSourceOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly account: MemoryAccount;
  readonly reader: Pick<RunReader, 'visible'>;
}

/** A source, with the memory that it takes until it is released. */
export interface LoadedSource extends Source {
  /** Estimated memory of a run with these copies. */
  readonly bytes: number;
  release(): void;
}

/**
 * Reads the source of a start from its log, and copies what is inherited. Yields to the event loop between pages.
 *
 * @throws StagewireError as `RunReader.visible` and `resolveSource`; OVERLOADED if there is no memory for the copies.
 */
export async function loadSource(
  from: StartFrom,
  principal: Principal,
  { log, clock, account, reader }: LoadSourceOptions,
): Promise<LoadedSource> {
  const { runId } = from;
  const { run } = await reader.visible(runId, principal);
  const resolved = resolveSource(run, from);
  const head = await log.head(runId);
  const maxBytes = head !== undefined && 'bytes' in head ? head.bytes * memoryBytesPerLogByte : 0;
  const charge = account.charge('runs', Math.min(maxBytes, account.report().runs.limitBytes / 2));
  if (charge === undefined) throw wireErrors.OVERLOADED.memory('run');
  try {
    const copier = createEventCopier(resolved);
    let after = 0;
    for (let isInherited = true; isInherited && after < run.seq;) {
      const entries = await log.read(runId, { after, limit: entriesPerPage, maxBytes: pageBytes });
      if (entries.length === 0) break;
      isInherited = entries.every(({ event }) => copier.add(event));
      after = entries.at(-1)?.event.seq ?? run.seq;
      await nextTurn(clock);
    }
    // The source may have been removed between two pages: the first pages alone are not what is inherited.
    if ((await log.head(runId))?.status !== 'ended') throw wireErrors.RUN_EXPIRED(runId);
    const copies = copier.bodies();
    const bytes = copies.reduce((sum, body) => sum + approximateBytes(body), 0) * memoryBytesPerLogByte;
    charge.resize(Math.min(bytes, charge.bytes));
    return { run, resolved, copies, bytes, release: () => charge.release() };
  } catch (error) {
    charge.release();
    throw error;
  }
}

/** Size of an event in the log, without the bytes that its text takes in addition to its chars. */
function approximateBytes(body: EventBody): number {
  if ('text' in body && body.text !== undefined) return frameBytes + body.text.length;
  return body.type === 'artifact.recorded' ? frameBytes + body.parts.length * partBytes : frameBytes;
}

const frameBytes = 400;
const partBytes = 32;

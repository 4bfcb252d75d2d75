import type { DurableEvent, EventOf } from '@stagewire/shared';
import { crc32 } from 'node:zlib';
import { RunUnreadable } from './event-log.ts';

/** The columns of an event in the log. */
export interface StoredEvent {
  readonly seq: number;
  readonly epoch: number;
  /** As JSON. */
  readonly event: string;
  /** `null` in a row of a version without checksums. */
  readonly checksum: number | null;
}

/** Reads the row of an event, of a statement that selects these columns. */
export function eventRow(row: Record<string, unknown>): StoredEvent {
  const { seq, epoch, event, checksum } = row;
  return {
    seq: Number(seq),
    epoch: Number(epoch),
    event: String(event),
    checksum: typeof checksum === 'number' ? checksum : null,
  };
}

/**
 * The checksum of an event's row: detects a changed bit in its JSON, which contains its run and seq, or in its
 * epoch.
 */
export function checksumOf(json: string, epoch: number): number {
  return crc32(json, epoch);
}

/**
 * Reads an event of the log. Its schema was validated before it was appended and is not checked again; its checksum
 * is.
 *
 * @param runId The run of the event, from the run index.
 * @throws RunUnreadable if the row is damaged.
 */
export function readStoredEvent(runId: string, stored: StoredEvent): DurableEvent {
  const { seq, epoch, event: json, checksum } = stored;
  if (checksum !== null && checksumOf(json, epoch) !== checksum) {
    throw new RunUnreadable(runId, `the event with seq ${seq} is not what was written: its checksum differs`);
  }
  const event = parse(runId, stored) as DurableEvent | ArtifactOfVersion1;
  if (event.seq !== seq || event.runId !== runId) {
    throw new RunUnreadable(runId, `the event with seq ${seq} is not where it was written`);
  }
  return event.type === 'artifact.recorded' && 'offset' in event ? withParts(event) : event;
}

function parse(runId: string, { seq, event }: StoredEvent): unknown {
  try {
    return JSON.parse(event) ?? {};
  } catch (cause) {
    throw new RunUnreadable(runId, `the event with seq ${seq} cannot be read`, { cause });
  }
}

/** Protocol version 1 had one piece of text per file. */
type ArtifactOfVersion1 = Omit<EventOf<'artifact.recorded'>, 'parts'> & {
  readonly offset: number;
  readonly chars: number;
};

function withParts({ offset, chars, ...event }: ArtifactOfVersion1): DurableEvent {
  return { ...event, parts: [{ offset, chars }] };
}

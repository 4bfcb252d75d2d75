import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { StoredEvent } from './stored-event.ts';

/** One row of the events, by column. */
export interface EventRow extends StoredEvent {
  /** Its global position. */
  readonly place: number;
  /** The number of its run. */
  readonly run: number;
}

export interface EventRowsOptions {
  /** SQL condition and order of the rows; its parameters precede the limit. */
  readonly where: string;
}

export interface PageSize {
  /** Maximum number of rows. */
  readonly limit: number;
  /** Approximate size at which the reader stops, in bytes of JSON. */
  readonly maxBytes: number;
}

/**
 * Reads rows of events. Creating an object per row takes as long as the rest of a page, so a page that fits is read at
 * once, as arrays. A page that does not fit is read row by row, and the reader decides when to stop, so that texts of many
 * megabytes are never in memory together.
 */
export function createEventRows(
  database: DatabaseSync,
  { where }: EventRowsOptions,
): (parameters: readonly SQLInputValue[], size: PageSize) => Iterable<EventRow> {
  const rows = database.prepare(
    `SELECT place, run, seq, epoch, event, checksum FROM events WHERE ${where} LIMIT ?`,
  );
  rows.setReturnArrays(true);
  const size = database.prepare(
    `SELECT sum(bytes) AS bytes FROM (SELECT octet_length(event) AS bytes FROM events WHERE ${where} LIMIT ?)`,
  );

  return (parameters, { limit, maxBytes }) => {
    const fits = maxBytes === Infinity || Number(size.get(...parameters, limit)?.['bytes'] ?? 0) <= maxBytes;
    const found = fits ? rows.all(...parameters, limit) : rows.iterate(...parameters, limit);
    return eventRowsOf(found as Iterable<unknown> as Iterable<readonly unknown[]>);
  };
}

function* eventRowsOf(rows: Iterable<readonly unknown[]>): Generator<EventRow, void, void> {
  for (const [place, run, seq, epoch, event, checksum] of rows) {
    yield {
      place: Number(place),
      run: Number(run),
      seq: Number(seq),
      epoch: Number(epoch),
      event: String(event),
      checksum: typeof checksum === 'number' ? checksum : null,
    };
  }
}

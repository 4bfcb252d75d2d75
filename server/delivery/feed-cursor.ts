import type { GlobalMark } from '../log/incarnations.ts';

const shape = /^feed-(?:(0|[1-9]\d{0,14})\.)?(0|[1-9]\d{0,14})$/;

/** The cursor of a feed subscriber: a position in the log's commit order, unlike a run's cursor. */
export function formatFeedCursor({ incarnation, globalPosition }: GlobalMark): string {
  return `feed-${incarnation}.${globalPosition}`;
}

/**
 * The position in a feed cursor; `undefined` if it is malformed. Cursors of earlier versions have no incarnation: 0. Whether
 * the log has that position is not checked.
 */
export function parseFeedCursor(cursor: string): GlobalMark | undefined {
  const match = shape.exec(cursor);
  return match === null
    ? undefined
    : { incarnation: Number(match[1] ?? 0), globalPosition: Number(match[2]) };
}

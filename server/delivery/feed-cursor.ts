const shape = /^feed-(0|[1-9]\d{0,14})$/;

/** The cursor of a feed subscriber: a position in the log's commit order, unlike a run's cursor. */
export function formatFeedCursor(globalPosition: number): string {
  return `feed-${globalPosition}`;
}

/**
 * The global position in a feed cursor; `undefined` if it is malformed. Whether the log reaches that position
 * is not checked.
 */
export function parseFeedCursor(cursor: string): number | undefined {
  const match = shape.exec(cursor);
  return match === null ? undefined : Number(match[1]);
}

const shape = /^feed-(0|[1-9]\d{0,14})$/;

/** Where a follower of the feed stands: a position in the log's commit order, of another kind than a run's cursor. */
export function formatFeedCursor(globalPosition: number): string {
  return `feed-${globalPosition}`;
}

/** The order in a cursor of the feed; `undefined` if it is none. Whether the log reaches that far is not asked. */
export function parseFeedCursor(cursor: string): number | undefined {
  const match = shape.exec(cursor);
  return match === null ? undefined : Number(match[1]);
}

import type { EventLog } from '../log/event-log.ts';
import type { GlobalMark } from '../log/incarnations.ts';

/**
 * The last position up to which a log still has the history of `mark`, which it does not have any more. Whether it has a
 * position of that history only changes once along the order, so this takes some dozens of looks.
 *
 * @throws LogUnavailable
 */
export async function lastSharedMark(
  log: Pick<EventLog, 'reaches' | 'incarnationAt'>,
  mark: GlobalMark,
): Promise<GlobalMark> {
  let kept = 0;
  let lost = mark.globalPosition;
  while (lost - kept > 1) {
    const middle = Math.floor((kept + lost) / 2);
    if (
      (await log.reaches({ incarnation: log.incarnationAt(middle), globalPosition: middle })) &&
      isBefore(log, middle, mark)
    )
      kept = middle;
    else lost = middle;
  }
  return { incarnation: log.incarnationAt(kept), globalPosition: kept };
}

/** A position of a later incarnation is not of the history of the mark. */
function isBefore(
  log: Pick<EventLog, 'incarnationAt'>,
  globalPosition: number,
  { incarnation }: GlobalMark,
): boolean {
  return log.incarnationAt(globalPosition) <= incarnation;
}

import { LogUnavailable } from './event-log.ts';

/**
 * The log has lost its latest events, some of which this process has read, and continues with others: what was sent must
 * be compared with the log before anything else is sent.
 */
export class LogForked extends LogUnavailable {
  override readonly name = 'LogForked';
  /** The last global position that was kept. */
  readonly lastKept: number;

  constructor(lastKept: number) {
    super('the log has lost its latest events and continues with others');
    this.lastKept = lastKept;
  }
}

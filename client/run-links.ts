import type { CallOptions, Call } from './transport/call.ts';
import type { LinkAccess, Receipt, ShareReceipt } from './generated/contract.ts';
import { randomCommandId } from './random-id.ts';

/** The options of a new link. */
export interface ShareOptions extends CallOptions {
  /** What the link permits: reading the run, or also steering, redirecting and cancelling it. @default 'read' */
  readonly may?: LinkAccess | undefined;
  /** When it expires: a Date, or an ISO 8601 text in UTC with milliseconds. @default never */
  readonly until?: Date | string | undefined;
  /** The idempotency key, a UUID: the same one returns the same link. @default a random one */
  readonly commandId?: string | undefined;
}

/** The options of the removal of a link. */
export interface UnshareOptions extends CallOptions {
  /** The idempotency key, a UUID. @default a random one */
  readonly commandId?: string | undefined;
}

/** Links with which others can read or control a run without an account. */
export interface RunLinks {
  /**
   * Creates a link to the run, also after its end. `url` of the result is secret: everyone who has it can use the link.
   * The links that were not removed are in `shares` of `snapshot`. The run's `state` misses changes after the end of the run.
   *
   * @throws StagewireError SHARING_UNAVAILABLE on a server without authentication, TOO_MANY_SHARES, INVALID_INPUT if
   * `until` is in the past, FORBIDDEN, COMMAND_ID_CONFLICT; and the errors of `snapshot`.
   * @throws StagewireClientError OUTCOME_UNKNOWN if there was no reply before the deadline; retry with the same `commandId`.
   */
  share(options?: ShareOptions): Promise<ShareReceipt>;
  /**
   * Removes a link for good: its connections are closed within two seconds.
   *
   * @throws StagewireError SHARE_NOT_FOUND if there is no such link any more; and the errors of `share`.
   */
  unshare(shareId: string, options?: UnshareOptions): Promise<Receipt>;
}

export function createRunLinks(runId: string, call: Call): RunLinks {
  return {
    share: ({ may = 'read', until, commandId = randomCommandId(), signal } = {}) =>
      call(
        'runs.share',
        {
          runId,
          commandId,
          may,
          ...(until !== undefined && { until: typeof until === 'string' ? until : until.toISOString() }),
        },
        { signal },
      ),
    unshare: (shareId, { commandId = randomCommandId(), signal } = {}) =>
      call('runs.unshare', { runId, commandId, shareId }, { signal }),
  };
}

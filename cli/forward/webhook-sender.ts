import type { Clock } from '@stagewire/server/runtime/clock';
import { CliProblem } from '../terminal/cli-problem.ts';
import type { WebhookSigner } from './webhook-signer.ts';

export interface WebhookSenderOptions {
  readonly url: string;
  readonly signer: WebhookSigner;
  readonly clock: Clock;
  /** Returns a number in [0, 1), for the jitter. */
  readonly random: () => number;
  readonly fetch: typeof fetch;
  /** Called after each failed attempt. */
  readonly onFailure: (failure: { readonly why: string; readonly retryInMs: number }) => void;
  /** Ends the wait for a retry. A request that is in flight is completed. */
  readonly signal: AbortSignal;
  /** Timeout of one request. @default 15000 */
  readonly timeoutMs?: number;
  /** The first backoff; each further one is twice as long. @default 1000 */
  readonly firstBackoffMs?: number;
  /** The longest backoff. @default 300000 */
  readonly longestBackoffMs?: number;
}

export interface WebhookSender {
  /**
   * Sends a message until the receiver accepts it with a 2xx. Every attempt has the same id, and a timestamp and signature
   * of its own. Redirects are not followed.
   *
   * @returns false if `signal` was aborted before that.
   * @throws CliProblem if the receiver responds with 410: it does not want any more messages.
   */
  send(message: { readonly id: string; readonly body: string }): Promise<boolean>;
}

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { url, signer, clock, random, onFailure, signal } = options;
  const { timeoutMs = 15_000, firstBackoffMs = 1000, longestBackoffMs = 300_000 } = options;

  /** `undefined` after a 2xx; otherwise why not, and how long the receiver wants to be left alone. */
  const attempt = async (message: { id: string; body: string }): Promise<Failure | undefined> => {
    const timeout = new AbortController();
    const stop = clock.after(timeoutMs, () => timeout.abort());
    try {
      const response = await options.fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'stagewire-forward',
          ...signer.headersOf({ ...message, timestampMs: clock.wall() }),
        },
        body: message.body,
        redirect: 'manual',
        signal: timeout.signal,
      });
      await response.body?.cancel();
      const { status } = response;
      if (response.ok) return undefined;
      if (status === 410) {
        throw new CliProblem(
          'The receiver responded with HTTP 410 (gone): it does not want any more events. Stopped.',
        );
      }
      const redirect = status >= 300 && status < 400 ? '; redirects are not followed' : '';
      return {
        why: `the receiver responded with HTTP ${status}${redirect}`,
        retryAfterMs: secondsIn(response.headers.get('retry-after')) * 1000,
      };
    } catch (error) {
      if (error instanceof CliProblem) throw error;
      const why = timeout.signal.aborted ? `no response within ${timeoutMs / 1000} s` : causeOf(error);
      return { why, retryAfterMs: 0 };
    } finally {
      stop();
    }
  };

  return {
    async send(message) {
      for (let failures = 0; !signal.aborted; failures += 1) {
        const failure = await attempt(message);
        if (failure === undefined) return true;
        const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 30));
        // Between a half and the whole, so that many senders do not retry at the same moment.
        const jitteredMs = backoffMs * (0.5 + random() / 2);
        const retryInMs = Math.max(jitteredMs, Math.min(failure.retryAfterMs, longestBackoffMs));
        onFailure({ why: failure.why, retryInMs });
        await waitFor(retryInMs);
      }
      return false;
    },
  };

  function waitFor(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = () => {
        stop();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const stop = clock.after(ms, end);
      signal.addEventListener('abort', end);
    });
  }
}

interface Failure {
  readonly why: string;
  readonly retryAfterMs: number;
}

/** The number of seconds of `retry-after`; 0 if it is absent or a date. */
function secondsIn(header: string | null): number {
  return /^\d{1,9}$/.test(header ?? '') ? Number(header) : 0;
}

/** `fetch` names the cause of a network failure one level below. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? `not reachable (${cause.code})` : cause.message;
}

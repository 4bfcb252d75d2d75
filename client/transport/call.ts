import { StagewireError } from '@stagewire/shared';
import { checkAnswer } from './answer-shape.ts';
import { createCheckedFetch } from './checked-fetch.ts';
import { StagewireClientError } from './client-error.ts';
import type { CallPath } from './call-path.ts';
import { isCertificateFailure, reasonOf } from './failure-reason.ts';
import type { ProcedureMap } from '../generated/contract.ts';
import { procedureKinds } from '../generated/contract.ts';
import type { Probe } from './probe.ts';
import { closedError, type Session } from './session.ts';
import { request } from './request.ts';
import { requestHeaders, type RequestHeadersOptions } from './request-headers.ts';
import { refusalIn, parseError } from './parse-error.ts';

/** The options of every call. */
export interface CallOptions {
  /** Stops waiting and retrying; the server may still execute the call. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export type Call = <P extends CallPath>(
  path: P,
  input: ProcedureMap[P]['input'],
  options?: CallOptions,
) => Promise<ProcedureMap[P]['output']>;

export interface CallerOptions extends RequestHeadersOptions {
  readonly session: Session;
  /** `http:` or `https:`, with the path of the endpoint. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly callTimeoutMs: number;
  readonly replyTimeoutMs: number;
  readonly slowestUploadBytesPerSecond: number;
  readonly maxAnswerBytes: number;
}

export interface Caller {
  readonly call: Call;
  /** Makes one call to find out why no connection is possible. It never rejects. */
  probe(): Promise<Probe>;
}

/** Codes with which a server rejects every call of a client. */
const connectionCodes: ReadonlySet<string> = new Set(['FORBIDDEN', 'UNAUTHENTICATED', 'PROTOCOL_MISMATCH']);

/** Timeout of a probe, in milliseconds. */
const probeTimeoutMs = 5000;

/**
 * Calls over HTTP, each in its own request: a command is never queued behind events.
 *
 * If the result is unknown (no connection, a lost reply, a proxy's 502), a call is retried with the same input after a
 * random backoff until `callTimeoutMs` have passed. That is safe for every procedure: each command has an idempotency
 * key (its id), and each start has the run id.
 */
export function createCaller(options: CallerOptions): Caller {
  const { session, url, token, callTimeoutMs, replyTimeoutMs, slowestUploadBytesPerSecond } = options;
  const fetch = createCheckedFetch(options);
  const hasHeaders =
    token !== undefined || options.authorization !== undefined || options.headers !== undefined;

  async function ask(
    path: CallPath,
    input: unknown,
    { limit, withHeaders }: { readonly limit: Limit; readonly withHeaders: boolean },
  ): Promise<unknown> {
    const { signal } = limit;
    return request({
      url: `${url}/${path}`,
      isQuery: procedureKinds[path] === 'query',
      input,
      headers: withHeaders ? await requestHeaders(options, signal) : {},
      signal,
      fetch: createCheckedFetch({ ...options, onPiece: limit.extend }),
    });
  }

  async function queryServer(choice: { readonly withHeaders: boolean }): Promise<Probe> {
    const limit = limitTo(session, probeTimeoutMs);
    try {
      await ask('server.info', undefined, { limit, ...choice });
      const draining = await drainingError(limit.signal);
      return draining === undefined ? { status: 'answered' } : { status: 'refused', error: draining };
    } catch (error) {
      const verdict = parseError(error);
      if (verdict instanceof StagewireClientError) return { status: 'foreign', error: verdict };
      if (verdict === undefined) return { status: 'silent', cause: limit.cause(error) };
      // Any other rejection concerns this call only: the server is reachable and accepts the caller.
      const concernsEveryCall = verdict.retryable || connectionCodes.has(verdict.code);
      return concernsEveryCall ? { status: 'refused', error: verdict } : { status: 'answered' };
    } finally {
      limit.release();
    }
  }

  /** A draining server accepts no more sockets, and responds so at the URL of the socket. */
  async function drainingError(signal: AbortSignal): Promise<StagewireError | undefined> {
    try {
      const response = await fetch(url, { signal });
      const refusal = refusalIn(await response.json());
      return response.status === 503 && refusal instanceof StagewireError ? refusal : undefined;
    } catch {
      // A proxy may not know this URL; it is already known that the server responds.
      return undefined;
    }
  }

  async function probe(): Promise<Probe> {
    const first = await queryServer({ withHeaders: true });
    if (first.status !== 'silent' || !hasHeaders || session.closed) return first;
    // Without headers a browser sends no preflight request, so that the rejection of this page's origin can be read.
    const second = await queryServer({ withHeaders: false });
    // Authentication is checked last: without headers, only the checks before it are meaningful.
    return second.status === 'refused' && second.error.code === 'FORBIDDEN' ? second : first;
  }

  const call: Call = async (path, input, { signal } = {}) => {
    const isQuery = procedureKinds[path] === 'query';
    const uploadMs = isQuery ? 0 : (bytesOf(input) / slowestUploadBytesPerSecond) * 1000;
    const timeoutMs = Math.round(callTimeoutMs + uploadMs);
    let lastCause: unknown;
    const deadline = session.elapsedMs() + timeoutMs;
    for (let failures = 0; ; failures += 1) {
      if (session.closed) throw closedError();
      signal?.throwIfAborted();
      const leftMs = Math.max(1, deadline - session.elapsedMs());
      const isCutShort = leftMs < replyTimeoutMs + uploadMs;
      const limit = limitTo(session, isCutShort ? leftMs : replyTimeoutMs + uploadMs, signal);
      try {
        const answer = checkAnswer(path, await ask(path, input, { limit, withHeaders: true }), input);
        session.noteAnswer();
        return answer;
      } catch (error) {
        if (session.closed) throw closedError();
        signal?.throwIfAborted();
        const verdict = parseError(error);
        if (verdict !== undefined) throw verdict;
        const found = limit.cause(error);
        // A last attempt that was cut short must not hide why the earlier ones failed.
        const cause = isCutShort && found !== error ? (lastCause ?? found) : found;
        lastCause = cause;
        if (isCertificateFailure(cause)) throw certificateError(path, cause);
        if (failures === 1 && isCauseHidden(cause)) await throwProbeResult(probe());
        const waitMs = session.backoffMs(failures);
        if (session.elapsedMs() + waitMs >= deadline) throw noAnswer(path, input, { timeoutMs, cause });
        await session.wait(waitMs, signal);
      } finally {
        limit.release();
      }
    }
  };
  return { call, probe };
}

interface Limit {
  readonly signal: AbortSignal;
  /** The cause of a failed attempt: a timeout, or the caught error. */
  cause(caught: unknown): unknown;
  /** A part of the reply has arrived: the timeout starts again. */
  extend(): void;
  release(): void;
}

/** A signal that aborts when one attempt times out, when the caller's signal aborts, or when the session is closed. */
function limitTo(session: Session, delayMs: number, outer?: AbortSignal): Limit {
  const controller = new AbortController();
  let isLate = false;
  const abort = () => controller.abort();
  let cancelTimer = () => {};
  const begin = () => {
    cancelTimer = session.clock.after(delayMs, () => {
      isLate = true;
      abort();
    });
  };
  begin();
  const offClose = session.whenClosed(abort);
  outer?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    cause: (caught: unknown) => (isLate ? new Error(`no reply within ${Math.round(delayMs)} ms`) : caught),
    extend() {
      cancelTimer();
      if (!controller.signal.aborted) begin();
    },
    release() {
      cancelTimer();
      offClose();
      outer?.removeEventListener('abort', abort);
    },
  };
}

/** A browser hides why a request failed; the server may have rejected the page's origin. */
function isCauseHidden(cause: unknown): boolean {
  return 'document' in globalThis && reasonOf(cause)?.startsWith('no reply') !== true;
}

async function throwProbeResult(probing: Promise<Probe>): Promise<void> {
  const probe = await probing;
  if (probe.status === 'refused' && !probe.error.retryable) throw probe.error;
  if (probe.status === 'foreign') throw probe.error;
}

/** The approximate size of a request's body. */
function bytesOf(input: unknown): number {
  const text = JSON.stringify(input) ?? '';
  return new TextEncoder().encode(text).length;
}

function certificateError(path: CallPath, cause: unknown): StagewireClientError {
  const message =
    `${path} was not sent: the certificate of the server is not trusted (${reasonOf(cause) ?? 'no reason given'}). ` +
    'Trust its issuer (Node: NODE_EXTRA_CA_CERTS or --use-system-ca), or install a trusted certificate.';
  return new StagewireClientError('UNREACHABLE', message, { cause, details: { reason: reasonOf(cause) } });
}

function noAnswer(
  path: CallPath,
  input: ProcedureMap[CallPath]['input'],
  { timeoutMs, cause }: { timeoutMs: number; cause: unknown },
): StagewireClientError {
  const reason = reasonOf(cause);
  const why = reason === undefined ? '' : ` (last error: ${reason})`;
  if (procedureKinds[path] === 'query') {
    const message = `No response to ${path} within ${timeoutMs} ms${why}. Check that the server is running.`;
    return new StagewireClientError('UNREACHABLE', message, { cause, details: { reason } });
  }
  const message =
    `No response to ${path} within ${timeoutMs} ms${why}. It may have been executed. ` +
    'A retry with the same id does not execute it twice.';
  return new StagewireClientError('OUTCOME_UNKNOWN', message, { cause, details: idsOf(input) });
}

/** The ids for a retry, or for finding out whether the call was executed. */
function idsOf(input: ProcedureMap[CallPath]['input']): { runId?: string | undefined; commandId?: string } {
  if (input === undefined) return {};
  return {
    ...('runId' in input && { runId: input.runId }),
    ...('commandId' in input && { commandId: input.commandId }),
  };
}

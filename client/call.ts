import { createTRPCUntypedClient, httpLink } from '@trpc/client';
import { StagewireClientError } from './client-error.ts';
import { tokenText, type Token } from './connection.ts';
import type { ProcedureMap, ProcedurePath } from './generated/contract.ts';
import { procedureKinds } from './generated/contract.ts';
import { closedError, type Session } from './session.ts';
import { isFinal, notStagewire, verdictOf } from './verdict.ts';

export interface CallOptions {
  /** Stops waiting and sending again; what was sent may still be done. The call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Every procedure but the subscriptions. */
export type CallPath = {
  [P in ProcedurePath]: ProcedureMap[P]['kind'] extends 'subscription' ? never : P;
}[ProcedurePath];

export type Call = <P extends CallPath>(
  path: P,
  input: ProcedureMap[P]['input'],
  options?: CallOptions,
) => Promise<ProcedureMap[P]['output']>;

export interface CallerOptions {
  readonly session: Session;
  /** `http:` or `https:`, with the path of the endpoint. */
  readonly url: string;
  readonly token: Token | undefined;
  readonly fetch: typeof fetch;
  readonly callTimeoutMs: number;
  readonly replyTimeoutMs: number;
}

/**
 * Calls over HTTP, each in a request of its own: a command never waits behind events.
 *
 * Without a verdict (no connection, a lost reply, a proxy's 502) a call is sent again with the same input after a
 * random wait, until `callTimeoutMs` have passed. That is safe for every procedure, because each command carries
 * its id and each start its run's.
 */
export function createCaller(options: CallerOptions): Call {
  const { session, url, token, callTimeoutMs, replyTimeoutMs } = options;
  const client = createTRPCUntypedClient({
    links: [
      httpLink({
        url,
        fetch: checkedFetch(options.fetch),
        headers: async () =>
          token === undefined ? {} : { authorization: `Bearer ${await tokenText(token)}` },
      }),
    ],
  });

  return async (path, input, { signal } = {}) => {
    const deadline = session.clock.now() + callTimeoutMs;
    for (let failures = 0; ; failures += 1) {
      if (session.closed) throw closedError();
      signal?.throwIfAborted();
      const leftMs = deadline - session.clock.now();
      const limit = limitTo(session, Math.min(replyTimeoutMs, leftMs), signal);
      try {
        const kind = procedureKinds[path] === 'query' ? 'query' : 'mutation';
        return (await client[kind](path, input, {
          signal: limit.signal,
        })) as ProcedureMap[typeof path]['output'];
      } catch (error) {
        if (session.closed) throw closedError();
        signal?.throwIfAborted();
        const verdict = verdictOf(error);
        if (verdict !== undefined) throw verdict;
        const waitMs = session.backoffMs(failures);
        if (session.clock.now() + waitMs >= deadline)
          throw noAnswer(path, input, { callTimeoutMs, cause: error });
        await session.wait(waitMs, signal);
      } finally {
        limit.release();
      }
    }
  };
}

/** A signal that aborts when one try has taken too long, when the caller's does, or when the session is closed. */
function limitTo(session: Session, delayMs: number, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const cancelTimer = session.clock.after(delayMs, abort);
  const stay = session.whenClosed(abort);
  outer?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    release() {
      cancelTimer();
      stay();
      outer?.removeEventListener('abort', abort);
    },
  };
}

/** A page of some other server is told apart from a lost reply, which would be asked for again. */
function checkedFetch(inner: typeof fetch) {
  return async (input: string | URL | Request, init?: object) => {
    const response = await inner(input, init);
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    if (isJson || !isFinal(response.status)) return response;
    await response.body?.cancel();
    throw notStagewire(response.status, 'it is not JSON');
  };
}

function noAnswer(
  path: CallPath,
  input: ProcedureMap[CallPath]['input'],
  { callTimeoutMs, cause }: { callTimeoutMs: number; cause: unknown },
): StagewireClientError {
  const why = cause instanceof Error && cause.message !== '' ? ` (last: ${cause.message})` : '';
  if (procedureKinds[path] === 'query') {
    const message = `${path} was not answered within ${callTimeoutMs} ms${why}. Is the server there?`;
    return new StagewireClientError('UNREACHABLE', message, { cause });
  }
  const message =
    `${path} was not answered within ${callTimeoutMs} ms${why}. It may or may not have been done; ` +
    'the same call with the same id is safe.';
  return new StagewireClientError('OUTCOME_UNKNOWN', message, { cause, details: idsOf(input) });
}

/** What is needed to ask again, or to look whether it was done. */
function idsOf(input: ProcedureMap[CallPath]['input']): { runId?: string | undefined; commandId?: string } {
  if (input === undefined) return {};
  return {
    ...('runId' in input && { runId: input.runId }),
    ...('commandId' in input && { commandId: input.commandId }),
  };
}

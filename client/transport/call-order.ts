import type { StartInput } from '../generated/contract.ts';
import { randomRunId } from '../random-id.ts';
import type { Call } from './call.ts';
import type { Session } from './session.ts';
import type { Starts } from './starts.ts';

/**
 * A start without a run id gets one here, so that a retry does not create a second run. All other calls for a run wait
 * while this client's start of it is pending: they could arrive first and would not find the run.
 */
export function inOrder(call: Call, { session, starts }: { session: Session; starts: Starts }): Call {
  return async (path, input, options) => {
    if (path !== 'runs.start') {
      const runId = input !== undefined && 'runId' in input ? input.runId : undefined;
      const start = runId === undefined ? undefined : starts.pending(runId);
      if (start !== undefined) await unlessAborted(start, options?.signal);
      return await call(path, input, options);
    }
    const given = input as StartInput;
    const runId = given.runId ?? randomRunId(session.clock.now());
    const receipt = call(path, { ...given, runId }, options);
    starts.note(runId, receipt);
    return await receipt;
  };
}

/** Resolves with the promise, or when the signal aborts; never rejects. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    void promise.then(resolve);
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { describe, expect, test } from 'vitest';

import type { Provider, ProviderEvent } from '../../server/providers/provider.ts';
import { ProviderFailure } from '../../server/providers/provider.ts';
import { startModelCall } from '../../server/runs/execute/model-call.ts';
import { requestFor } from '../support/collect-answer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const refused = new ProviderFailure('PROVIDER_UNAVAILABLE', 'slow down', {
  retryable: true,
  retryAfterMs: 5,
});

/** What a call has used that says these events, perhaps behind the headers of an answer, and then fails. */
async function usageOf(headers: boolean, events: readonly ProviderEvent[]) {
  const provider: Provider = {
    async *stream(_request, call) {
      if (headers) call.onWire('headers');
      yield* events;
      throw refused;
    },
  };
  const call = startModelCall({
    stage: 1,
    role: 'coder',
    attempt: 1,
    provider,
    request: requestFor('x'.repeat(4_000)),
    clock: createFakeClock(),
    keptChars: 0,
    notesIssues: false,
    abortGraceMs: 250,
    heartbeatMs: 1_000,
    onOutput: () => undefined,
  });
  return (await call.done).usage;
}

describe('the usage of a call that failed', () => {
  test('is nothing, and final, if it was refused before an answer began', async () => {
    expect(await usageOf(false, [])).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      source: 'final',
    });
  });

  test('is estimated if an answer had begun', async () => {
    const read = { source: 'estimated', inputTokens: expect.toSatisfy((tokens: number) => tokens >= 1_000) };
    expect(await usageOf(true, [])).toMatchObject({ ...read, outputTokens: 0 });
    expect(await usageOf(false, [{ type: 'text', text: 'word' }])).toMatchObject({
      ...read,
      outputTokens: 1,
    });
  });
});

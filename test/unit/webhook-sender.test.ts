import { describe, expect, test } from 'vitest';
import { createWebhookSender } from '../../cli/forward/webhook-sender.ts';
import { createWebhookSigner } from '../../cli/forward/webhook-signer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const message = { id: 'f1.7', body: '{"type":"run.completed"}' };

/** A sender whose receiver gives these answers in turn, and then 200. */
function sending(answers: readonly (Response | Error | 'hangs')[], random = () => 1) {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const requests: RequestInit[] = [];
  const failures: { why: string; retryInMs: number }[] = [];
  const queue = [...answers];
  const answer = (signal: AbortSignal | null | undefined) => {
    const next = queue.shift() ?? new Response();
    if (next instanceof Response) return Promise.resolve(next);
    if (next instanceof Error) return Promise.reject(next);
    return new Promise<Response>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  };
  const sender = createWebhookSender({
    url: 'https://example.org/hook',
    signer: createWebhookSigner(`whsec_${'A'.repeat(32)}`),
    clock,
    random,
    fetch: (_url, init = {}) => {
      requests.push(init);
      return answer(init.signal);
    },
    signal: stopping.signal,
    onFailure: (failure) => failures.push(failure),
  });
  return { clock, stopping, requests, failures, sent: sender.send(message) };
}

describe('a webhook', () => {
  test('is sent again after twice the time, up to five minutes, with its id and a new timestamp', async () => {
    const { clock, requests, failures, sent } = sending(
      Array.from({ length: 10 }, () => new Response(null, { status: 503 })),
    );
    await clock.advance(3_600_000);
    expect(await sent).toBe(true);
    expect(failures.map(({ retryInMs }) => retryInMs / 1000)).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 300,
    ]);
    const headers = requests.map((it) => it.headers as Record<string, string>);
    expect(new Set(headers.map((it) => it['webhook-id']))).toEqual(new Set(['f1.7']));
    expect(Number(headers[2]?.['webhook-timestamp']) - Number(headers[0]?.['webhook-timestamp'])).toBe(3);
    expect(headers[2]?.['webhook-signature']).not.toBe(headers[0]?.['webhook-signature']);
    expect(requests[0]).toMatchObject({ method: 'POST', redirect: 'manual', body: message.body });
  });

  test('has jitter, and waits for as long as the receiver asks', async () => {
    const later = new Response(null, { status: 429, headers: { 'retry-after': '30' } });
    const { clock, failures, sent } = sending([new Response(null, { status: 500 }), later], () => 0);
    await clock.advance(60_000);
    expect(await sent).toBe(true);
    expect(failures.map(({ retryInMs }) => retryInMs)).toEqual([500, 30_000]);
  });

  test('times out, and names the cause of a failure', async () => {
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    });
    const { clock, failures, sent } = sending(['hangs', refused]);
    await clock.advance(60_000);
    expect(await sent).toBe(true);
    expect(failures.map(({ why }) => why)).toEqual([
      'no response within 15 s',
      'not reachable (ECONNREFUSED)',
    ]);
  });

  test('is given up at 410, and when the sender stops', async () => {
    await expect(sending([new Response(null, { status: 410 })]).sent).rejects.toThrow('HTTP 410 (gone)');
    const { clock, stopping, sent } = sending([new Response(null, { status: 500 })]);
    await clock.runTurns();
    stopping.abort();
    expect(await sent).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });
});

import { defaultLimits } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { connect, type StartInput } from '../../client/index.ts';
import { startComposedServer } from '../support/composed-server.ts';
import { startThrottledProxy } from '../support/throttled-proxy.ts';
import { isLong, timeoutMs } from './sizes.ts';

// The largest inputs that the contract allows, over slow lines. Scaled down by default, lines and waits alike; at full
// size with the client's own waits. Seen red with: a wait for the PONG that does not grow; a wait for the reply that
// does not count the upload.

const scale = isLong ? 1 : 0.05;
/** Three bytes each in UTF-8, and nothing that a line could compress. */
const charsOf = (chars: number) =>
  '設計書類の説明文'.repeat(Math.ceil(chars / 8)).slice(0, Math.floor(chars));
const models = { default: 'rehearsal/ttft=5,tps=0,chars=300' };

/** So long as these are, relative to the lines, as the defaults are to 50,000 bytes per second. */
const waits = isLong
  ? {}
  : {
      pingIntervalMs: 400,
      pongTimeoutMs: 800,
      callTimeoutMs: 3000,
      replyTimeoutMs: 500,
      slowestUploadBytesPerSecond: 32_000,
    };

function largestStart(): StartInput {
  const perFile = defaultLimits.maxFileChars * scale;
  const count = Math.floor(defaultLimits.maxFilesChars / defaultLimits.maxFileChars);
  return {
    task: charsOf(defaultLimits.maxTaskChars * scale),
    models,
    files: Array.from({ length: count }, (_, n) => ({ path: `d${n}.txt`, text: charsOf(perFile) })),
  };
}

test(
  'a run with the largest files is followed over 50,000 bytes per second',
  { timeout: timeoutMs },
  async () => {
    await using server = await startComposedServer();
    await using link = await startThrottledProxy({ targetPort: server.port, downBytesPerSecond: 50_000 });
    await using direct = connect({ url: `http://127.0.0.1:${server.port}` });
    const run = await direct.start(largestStart());
    const ended = await run.result();

    await using slow = connect({ url: link.url, ...waits });
    let lost = 0;
    slow.onConnection(({ status }) => {
      if (status === 'lost') lost += 1;
    });
    expect(await slow.run(run.id).result()).toEqual(ended);
    expect(lost).toBe(0);
    expect(link.accepted).toBe(1);
  },
);

test(
  'a line so slow that one event takes longer than the first wait is got past all the same',
  { timeout: timeoutMs },
  async () => {
    await using server = await startComposedServer();
    const downBytesPerSecond = 15_000;
    await using link = await startThrottledProxy({ targetPort: server.port, downBytesPerSecond });
    await using direct = connect({ url: `http://127.0.0.1:${server.port}` });
    const files = [{ path: 'large.txt', text: charsOf(defaultLimits.maxFileChars * scale) }];
    const run = await direct.start({ task: 'Read', models, files });
    const ended = await run.result();

    await using slow = connect({ url: link.url, ...waits, backoff: { firstDelayMs: 60 } });
    expect(await slow.run(run.id).result()).toEqual(ended);
    // It was too impatient at first, and learned.
    expect(link.accepted).toBeGreaterThan(1);
  },
);

test('the largest start has its receipt over 50,000 bytes per second', { timeout: timeoutMs }, async () => {
  await using server = await startComposedServer();
  await using link = await startThrottledProxy({ targetPort: server.port, upBytesPerSecond: 50_000 });
  await using slow = connect({ url: link.url, ...waits });
  const run = await slow.start(largestStart());
  expect((await run.snapshot()).runId).toBe(run.id);
  // Sent once: nothing was cut off and begun again.
  expect(link.accepted).toBeLessThanOrEqual(2);
  await run.cancel();
});

test(
  'snapshot and files of the largest run are had over HTTP at 50,000 bytes per second',
  { timeout: timeoutMs },
  async () => {
    await using server = await startComposedServer();
    await using link = await startThrottledProxy({ targetPort: server.port, downBytesPerSecond: 50_000 });
    await using direct = connect({ url: `http://127.0.0.1:${server.port}` });
    const input = largestStart();
    const run = await direct.start(input);
    const ended = await run.result();

    await using slow = connect({ url: link.url, ...waits });
    expect(await slow.run(run.id).snapshot()).toEqual(ended);
    const [file] = input.files ?? [];
    expect(await slow.run(run.id).files({ path: file?.path ?? '' })).toMatchObject([file]);
    // Each was asked for once: what keeps coming is waited for.
    expect(link.accepted).toBeLessThanOrEqual(2);
  },
);

test(
  'the longest commands have their receipts over 50,000 bytes per second',
  { timeout: timeoutMs },
  async () => {
    await using server = await startComposedServer();
    await using link = await startThrottledProxy({ targetPort: server.port, upBytesPerSecond: 50_000 });
    await using slow = connect({ url: link.url, ...waits });
    const run = await slow.start({ task: 'Wait', models: { default: 'rehearsal/ttft=60000' } });
    const text = charsOf(defaultLimits.maxCommandTextChars);
    await Promise.all([run.steer(text, { mode: 'next' }), run.redirect('coder', { text })]);
    await run.cancel({ reason: 'enough' });
    expect((await run.result()).commands.map(({ kind }) => kind).toSorted()).toEqual([
      'cancel',
      'redirect',
      'steer',
    ]);
  },
);

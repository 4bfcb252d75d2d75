import { readFile } from 'node:fs/promises';
import { CommandId, RunId } from '@stagewire/shared/primitives';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../client/transport/backoff.ts';
import { CLIENT_VERSION } from '../../client/transport/client-version.ts';
import { endpointOf, shownUrl } from '../../client/transport/endpoint.ts';
import { createEventStream, type EventSink } from '../../client/streams/event-stream.ts';
import { randomCommandId, randomRunId } from '../../client/random-id.ts';

describe('the wait before coming back', () => {
  test('is never 0, never beyond its bound, and drawn from the whole width', () => {
    fc.assert(
      fc.property(
        fc.nat(2000),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, drawn) => {
          const ms = backoffMs(failures, () => drawn);
          expect(ms).toBeGreaterThanOrEqual(50);
          expect(ms).toBeLessThanOrEqual(10_000);
        },
      ),
    );
    expect(backoffMs(0, () => 0, { minDelayMs: 0, firstDelayMs: 0 })).toBe(1);
    expect(backoffMs(0, () => 0.999)).toBeCloseTo(500, -1);
    expect(backoffMs(3, () => 0.999)).toBeCloseTo(4000, -2);
    expect(backoffMs(9, () => 0.5)).toBe(5025);
  });
});

describe('ids made here', () => {
  test('are such as the server takes', () => {
    expect(CommandId.safeParse(randomCommandId()).success).toBe(true);
    expect(RunId.safeParse(randomRunId(Date.now())).success).toBe(true);
    expect(randomCommandId()).not.toBe(randomCommandId());
  });

  test('of runs sort by time', () => {
    expect(randomRunId(1_000) < randomRunId(2_000)).toBe(true);
  });
});

describe('the url of a server', () => {
  test.each([
    ['http://host:4600', 'http://host:4600/trpc', 'ws://host:4600/trpc'],
    ['https://host/', 'https://host/trpc', 'wss://host/trpc'],
    ['wss://host/wire/trpc', 'https://host/wire/trpc', 'wss://host/wire/trpc'],
    ['ws://host/wire/', 'http://host/wire/trpc', 'ws://host/wire/trpc'],
  ])('%s leads to both doors', (url, httpUrl, socketUrl) => {
    expect(endpointOf(url)).toEqual({ httpUrl, socketUrl });
  });

  test('of another kind is refused with what is expected', () => {
    expect(() => endpointOf('ftp://host')).toThrow('starts with http:// or https://');
  });

  test.each([
    ['', 'is not an absolute URL'],
    ['/stagewire', '"/stagewire" is not an absolute URL'],
    ['127.0.0.1:4600', 'is not an absolute URL'],
    ['localhost:4600', 'starts with http:// or https://, not with "localhost:".'],
    ['http://host?token=hidden-one', 'must have no query'],
    ['http://host#hidden-one', 'must have no query and no fragment'],
    ['http:///', 'is not an absolute URL'],
    ['http://ann:hidden-one@', 'is not an absolute URL'],
    ['http://%zz:x@host', 'percent-encoded'],
  ])('%j is refused with a sentence that repeats no secret', (url, sentence) => {
    const asked = () => endpointOf(url);
    expect(asked).toThrow(expect.objectContaining({ name: 'StagewireClientError', code: 'INVALID_URL' }));
    expect(asked).toThrow(sentence);
    expect(asked).not.toThrow('hidden-one');
  });

  test('may have a user and a password, which are shown nowhere', () => {
    expect(endpointOf('http://ann:p%40ss@host:1/x')).toEqual({
      httpUrl: 'http://host:1/x/trpc',
      socketUrl: 'ws://host:1/x/trpc',
      socketUrlWithUser: 'ws://ann:p%40ss@host:1/x/trpc',
      authorization: `Basic ${btoa('ann:p@ss')}`,
    });
    expect(shownUrl('http://ann:p%40ss@host:1/x?y#z')).toBe('http://host:1/x');
    expect(shownUrl('http://host:1')).toBe('http://host:1');
    expect(shownUrl('ann:secret@host')).toBe('host');
  });
});

test('the client says the version of its package', async () => {
  const text = await readFile(new URL('../../client/package.json', import.meta.url), 'utf8');
  expect((JSON.parse(text) as { version: string }).version).toBe(CLIENT_VERSION);
});

describe('a stream of events', () => {
  function opened(signal?: AbortSignal) {
    let sink: EventSink<string> | undefined;
    let stops = 0;
    const stream = createEventStream<string>({
      merge: (waiting, next) =>
        waiting.startsWith('+') && next.startsWith('+') ? waiting + next : undefined,
      signal,
      open(given) {
        sink = given;
        return () => void (stops += 1);
      },
    });
    const first = stream.next();
    if (sink === undefined) throw new Error('the first question opens the stream');
    return { stream, first, sink, stops: () => stops };
  }

  test('hands on at once what its reader waits for, with its cursor', async () => {
    const { stream, first, sink } = opened();
    expect(stream.cursor).toBeUndefined();
    sink.push('a', '1');
    expect(await first).toEqual({ done: false, value: 'a' });
    expect(stream.cursor).toBe('1');
  });

  test('merges what waits for a slow reader, and its cursor is that of the last part', async () => {
    const { stream, first, sink } = opened();
    for (const [event, cursor] of ['a', '+b', '+c', 'd', '+e'].map(
      (it, index) => [it, String(index)] as const,
    )) {
      sink.push(event, cursor);
    }
    await first;
    expect((await stream.next()).value).toBe('+b+c');
    expect(stream.cursor).toBe('2');
    expect((await stream.next()).value).toBe('d');
    expect((await stream.next()).value).toBe('+e');
  });

  test('gives out what waits before it ends, and an error once', async () => {
    const { stream, first, sink, stops } = opened();
    sink.push('a', '1');
    sink.push('b', '2');
    sink.end(new Error('lost'));
    sink.push('c', '3');
    expect((await first).value).toBe('a');
    expect((await stream.next()).value).toBe('b');
    await expect(stream.next()).rejects.toThrow('lost');
    expect((await stream.next()).done).toBe(true);
    expect(stops()).toBe(1);
  });

  test('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const { first, stops } = opened(controller.signal);
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(stops()).toBe(1);
  });

  test('lets go when its reader leaves the loop', async () => {
    const { stream, first, sink, stops } = opened();
    for (const event of ['a', 'b', 'c']) sink.push(event, event);
    await first;
    const read: string[] = [];
    for await (const event of stream) {
      read.push(event);
      break;
    }
    expect(read).toEqual(['b']);
    expect(stops()).toBe(1);
    expect((await stream.next()).done).toBe(true);
  });
});

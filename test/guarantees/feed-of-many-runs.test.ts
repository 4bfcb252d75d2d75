import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, type FeedEvent, type RunEvent, type StartReceipt } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startComposedServer, type ComposedServer } from '../support/composed-server.ts';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { eventually, sizes, timeoutMs } from './sizes.ts';

// G2 for the feed: one subscription over many runs tells the end of each once, also over lost sockets.
// Seen red with: the feed’s cursor stood one event behind; text was held back behind later events.

const { runs } = sizes.feed;

test.each([false, true])(
  `a bare feed over ${runs} runs tells each event once, its socket lost on the way (text: %s)`,
  { timeout: timeoutMs },
  async (text) => {
    const { next: random } = createSeededChance(20);
    await using server = await startComposedServer();
    const seen: Exclude<FeedEvent, { type: 'feed.opened' }>[] = [];
    const texts = new Map<string, string>();
    const trimmedTo = new Map<string, number>();
    const opened: FeedEvent[] = [];
    let cursor: string | undefined;
    let resumes = 0;
    const over = new AbortController();

    const watching = (async () => {
      while (!over.signal.aborted) {
        await using socket = await openFollowSocket(server.port);
        const timer = setTimeout(() => socket.drop(), 30 + random() * 200);
        await socket.feed({ lastEventId: cursor, include: { text } }, (event, at) => {
          if (event.type === 'feed.opened') opened.push(event);
          else if (event.type === 'stage.delta') {
            expect(text).toBe(true);
            expect(at).toBe(cursor);
            say(event);
          } else {
            expect(at).not.toBe(cursor);
            seen.push(event);
          }
          cursor = at;
        });
        clearTimeout(timer);
        resumes += 1;
      }
    })();
    /** Text may come again after a resume: what its run's seq says was there is left out. */
    function say(event: Extract<RunEvent, { type: 'stage.delta' }>): void {
      if (event.seq <= (trimmedTo.get(event.runId) ?? 0)) return;
      trimmedTo.set(event.runId, event.seq);
      const key = `${event.runId}/${event.stage}`;
      texts.set(key, (texts.get(key) ?? '').slice(0, event.offset) + event.text);
    }
    await expect.poll(() => opened.length, eventually).toBe(1);
    const runIds = await startRuns(server);
    await expect
      .poll(() => seen.filter(isTerminal).length, { timeout: timeoutMs, interval: 50 })
      .toBeGreaterThanOrEqual(runs);
    // Silence is observed: what came twice would come now.
    await sleep(300);
    over.abort();
    await watching;

    expect(opened).toHaveLength(1);
    expect(resumes).toBeGreaterThan(2);
    const stored = await server.log.readAll({ after: 0, limit: 10_000_000 });
    const promised = stored
      .map(({ event }) => event)
      .filter(({ type }) => !['stage.delta', 'stage.reasoning', 'input.recorded'].includes(type));
    expect(seen.map(({ runId, seq }) => `${runId} ${seq}`)).toEqual(
      promised.map(({ runId, seq }) => `${runId} ${seq}`),
    );
    expect(
      seen
        .filter(isTerminal)
        .map(({ runId }) => runId)
        .toSorted(),
    ).toEqual([...runIds].toSorted());
    expect(texts.size).toBe(text ? 2 * runs : 0);
    for (const said of texts.values()) expect(said).toHaveLength(textChars);
    expect(server.defects).toEqual([]);
  },
);

test.each([false, true])(
  `the client’s feed over ${runs} runs tells each event once over a wire that is cut (text: %s)`,
  { timeout: timeoutMs },
  async (text) => {
    const { next: random } = createSeededChance(21);
    await using server = await startComposedServer();
    await using proxy = await startTcpProxy({ targetPort: server.port });
    await using stagewire = connect({
      url: `http://127.0.0.1:${proxy.port}`,
      backoff: { minDelayMs: 1, firstDelayMs: 20, maxDelayMs: 50 },
      random,
    });
    const places: string[] = [];
    const ended: string[] = [];
    const texts = new Map<string, string>();
    const feed = stagewire.feed({ text });
    await feed.next();
    const cutter = setInterval(() => proxy.reset(), 150);
    const starting = startRuns(server);
    for await (const event of feed) {
      if (event.type === 'feed.opened') throw new Error('the feed was opened twice');
      if (event.type === 'stage.delta') {
        const key = `${event.runId}/${event.stage}`;
        expect(event.offset).toBe(texts.get(key)?.length ?? 0);
        texts.set(key, (texts.get(key) ?? '') + event.text);
      } else places.push(`${event.runId} ${event.seq}`);
      if (isTerminal(event)) ended.push(event.runId);
      if (ended.length === runs) break;
    }
    clearInterval(cutter);

    expect(new Set(places).size).toBe(places.length);
    expect(ended.toSorted()).toEqual((await starting).toSorted());
    expect(texts.size).toBe(text ? 2 * runs : 0);
    for (const said of texts.values()) expect(said).toHaveLength(textChars);
    expect(proxy.accepted).toBeGreaterThan(2);
  },
);

const textChars = 400;

async function startRuns(server: ComposedServer): Promise<string[]> {
  await using socket = await openFollowSocket(server.port);
  const runIds: string[] = [];
  for (let index = 0; index < runs; index += 1) {
    const { runId } = await socket.call<StartReceipt>('mutation', 'runs.start', {
      task: `Run ${index}`,
      models: { default: `rehearsal/ttft=0,tps=0,chars=${textChars},reasoning=20` },
      pipeline: { roles: ['architect', 'documenter'] },
    });
    runIds.push(runId);
  }
  return runIds;
}

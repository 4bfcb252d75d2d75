import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BareSocket } from '../support/bare-socket.ts';
import { ownersRuns, startOwnersApp, type OwnersApp } from '../support/owners-app.ts';

// How long an answer takes must not tell a run of another owner from one that does not exist (PROTOCOL, P53).

const answers = 500;
const mostDifference = 0.1;
/** A busy machine disturbs a measurement; it does not disturb all of them. */
const windows = 6;

const caller = { owners: ['ann'] };
const missing = 'run_ghost-large-0001';

const inputs = (runId: string) => ({
  'runs.get': { runId },
  'runs.files': { runId },
  'runs.prompt': { runId, stage: 1, attempt: 1 },
  'runs.events': { runId },
  'runs.steer': { runId, commandId: randomUUID(), text: 'Shorter.', expect: 'any' },
  'runs.redirect': { runId, commandId: randomUUID(), to: 'coder', expect: 'any' },
  'runs.cancel': { runId, commandId: randomUUID(), target: 'run' },
  'runs.delete': { runId },
});
type Path = keyof ReturnType<typeof inputs>;
const paths = Object.keys(inputs('')) as Path[];

let app: OwnersApp;
let socket: BareSocket;
beforeAll(async () => {
  app = await startOwnersApp(['ann', 'bob'], { large: 'bob' });
  socket = await app.open(caller);
}, 60_000);
afterAll(async () => {
  await socket?.[Symbol.asyncDispose]();
  await app?.[Symbol.asyncDispose]();
});

/** Resolves when the call is rejected. */
const ways = {
  async HTTP(path: Path, runId: string) {
    const input = JSON.stringify(inputs(runId)[path]);
    const isQuery = /get|files|prompt|events/.test(path);
    const url = `${app.url}/trpc/${path}${isQuery ? `?input=${encodeURIComponent(input)}` : ''}`;
    const response = await fetch(url, {
      headers: { 'content-type': 'application/json', 'x-caller': JSON.stringify(caller) },
      ...(isQuery ? {} : { method: 'POST', body: input }),
    });
    return await response.text();
  },
  async WebSocket(path: Path, runId: string) {
    const input = inputs(runId)[path];
    const isQuery = /get|files|prompt/.test(path);
    const frame =
      path === 'runs.events'
        ? await socket.next(socket.subscribe(path, input))
        : await socket.call(isQuery ? 'query' : 'mutation', path, input);
    return JSON.stringify(frame.error);
  },
};

const medianOf = (times: readonly number[]) =>
  times.toSorted((one, other) => one - other)[times.length >> 1]!;

/** How much the medians of the answers differ, as a part of the smaller one. */
async function differenceOf(call: (runId: string) => Promise<string>, foreign: string): Promise<number> {
  const times = { foreign: [] as number[], missing: [] as number[] };
  const timed = async (kind: keyof typeof times) => {
    const runId = kind === 'foreign' ? foreign : missing;
    const startedMs = performance.now();
    const answer = await call(runId);
    times[kind].push(performance.now() - startedMs);
    if (!answer.includes('RUN_NOT_FOUND')) throw new Error(answer);
  };
  for (let count = 0; count < answers; count += 1) {
    // Alternately first, so that neither always follows the other.
    for (const kind of count % 2 === 0
      ? (['foreign', 'missing'] as const)
      : (['missing', 'foreign'] as const)) {
      await timed(kind);
    }
  }
  const [one, other] = [medianOf(times.foreign), medianOf(times.missing)];
  return Math.abs(one - other) / Math.min(one, other);
}

async function expectAlike(call: (runId: string) => Promise<string>, foreign: string): Promise<void> {
  const differences: number[] = [];
  for (let window = 0; window < windows; window += 1) {
    const difference = await differenceOf(call, foreign);
    if (difference < mostDifference) return;
    differences.push(difference);
  }
  expect(differences, 'the differences in all windows').toEqual([]);
}

describe.each(['HTTP', 'WebSocket'] as const)('over %s', (way) => {
  test.each(paths)(
    '%s takes as long for a very large run of another owner as for none',
    async (path) => {
      await expectAlike((runId) => ways[way](path, runId), ownersRuns.large('bob'));
    },
    120_000,
  );

  test.each(['expired', 'deleted'] as const)(
    'runs.get takes as long for one that is %s',
    async (kind) => {
      await expectAlike((runId) => ways[way]('runs.get', runId), ownersRuns[kind]('bob'));
    },
    120_000,
  );
});

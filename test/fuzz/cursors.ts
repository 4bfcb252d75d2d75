import { formatCursor } from '@stagewire/shared';
import { rawRequest } from '../support/raw-request.ts';
import { createDice, type Dice } from './dice.ts';
import { checkWireError, startFuzzedServer } from './fuzzed-server.ts';
import type { Fuzzer } from './fuzzer.ts';

/** Cursors of a run, of the feed and of the list: taken exactly if the log could have given them, else told. */
export const cursors: Fuzzer = {
  name: 'cursors',
  shortSeeds: 60,
  async open() {
    const server = await startFuzzedServer();
    const { port, runId } = server;
    const { body } = await rawRequest(port, { path: `/trpc/runs.get?input=${asInput({ runId })}` });
    const { seq } = (JSON.parse(body) as { result: { data: { seq: number } } }).result.data;
    const valid = new Set(
      Array.from({ length: seq }, (_, index) => formatCursor(runId, { epoch: 1, seq: index + 1 })),
    );

    async function follow(cursor: string): Promise<void> {
      const path = `/trpc/runs.events?input=${asInput({ runId, lastEventId: cursor })}`;
      const answer = await rawRequest(port, { path });
      if (answer.status !== 200)
        throw new Error(`${JSON.stringify(cursor)}: HTTP ${answer.status} ${answer.body}`);
      const refusal = /event: serialized-error\ndata: (.*)/.exec(answer.body)?.[1];
      if ((refusal === undefined) !== valid.has(cursor)) {
        throw new Error(`${JSON.stringify(cursor)} was ${refusal === undefined ? 'taken' : 'refused'}`);
      }
      if (refusal !== undefined) return checkWireError(JSON.parse(refusal), cursor);
      const first = /"seq":(\d+)/.exec(answer.body)?.[1];
      const from = /"firstSeq":(\d+)/.exec(answer.body.slice(0, answer.body.indexOf('id: ')))?.[1] ?? first;
      const next = Number(cursor.split('-')[1]) + 1;
      if (from !== undefined && Number(from) !== next) throw new Error(`after ${cursor} came seq ${from}`);
    }

    async function expectAnswer(path: string): Promise<void> {
      const { status, body: said } = await rawRequest(port, { path });
      if (status >= 500) throw new Error(`${path}: HTTP ${status} ${said.slice(0, 500)}`);
    }

    return {
      async play(seed) {
        const dice = createDice('cursors', seed);
        for (let count = 0; count < 5; count += 1) {
          const cursor = mutateCursor(dice.any([...valid]) ?? '', dice);
          await follow(cursor);
          await expectAnswer(
            `/api/stream/events/${runId}?lastEventId=${encodeURIComponent(cursor.toWellFormed())}`,
          );
          const before = mutateCursor(`2026-01-01T00:00:00.000Z~${runId}`, dice);
          await expectAnswer(`/trpc/runs.list?input=${asInput({ before })}`);
        }
        await server.check();
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

function mutateCursor(cursor: string, dice: Dice): string {
  const parts = cursor.split('-');
  const number = dice.pick([
    '0',
    '1',
    '01',
    '-1',
    '1.0',
    '1e0',
    ' 1',
    '999999999',
    '1000000000',
    '9007199254740993',
    '１',
    'NaN',
  ]);
  switch (dice.below(9)) {
    case 0:
      return cursor;
    case 1:
      return [number, ...parts.slice(1)].join('-');
    case 2:
      return [parts[0], number, ...parts.slice(2)].join('-');
    case 3:
      return parts.toReversed().join('-');
    case 4:
      return cursor.toUpperCase();
    case 5:
      return `${cursor}${dice.pick(['\n', ' ', '\u0000', '-', '0', cursor])}`;
    case 6:
      return dice.text(40);
    case 7:
      return cursor.repeat(1 + dice.below(200));
    default: {
      const at = dice.below(cursor.length);
      return `${cursor.slice(0, at)}${dice.pick(['0', '1', 'a', 'f', '-', ''])}${cursor.slice(at + 1)}`;
    }
  }
}

function asInput(input: unknown): string {
  return encodeURIComponent(JSON.stringify(input));
}

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GlobalMark } from '../../server/log/incarnations.ts';
import { openPatientNode } from '../support/patient-node.ts';
import type { PostgresEngine } from '../support/postgres-engine.ts';
import { describePostgresTools, startFullEngine } from '../support/postgres-standby.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// The commands of docs/OPERATIONS.md, executed: a backup while a node runs, and its restore.
// Seen red with: an engine that is identified by the start of its process alone (the logical one), or by its tables
// alone (the physical one).

const document = readFileSync(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
const section = document.split('### Backup, restore and fail-over')[1]?.split('\n##')[0] ?? '';
const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, script = '']) => script);
const [dump = '', restoreDump = '', copy = '', restoreCopy = ''] = blocks;

/** An engine is copied, which takes seconds on a busy machine. */
const timeout = 60_000;

describePostgresTools(() => {
  let engine: PostgresEngine;
  const open = () => openPatientNode({ url: engine.url, port: engine.port, schema: 'stagewire' });

  beforeAll(async () => {
    engine = await startFullEngine();
  }, timeout);
  afterAll(() => engine[Symbol.asyncDispose]());

  test('there are four blocks of commands', () => {
    expect(blocks.map((block) => block.split(' ')[0])).toEqual(['pg_dump', 'psql', 'pg_basebackup', 'mv']);
  });

  test.each([
    { kind: 'logical', number: 1, backUp: dump, restore: () => Promise.resolve(engine.shell(restoreDump)) },
    {
      kind: 'physical',
      number: 5,
      backUp: copy,
      async restore() {
        await engine.stop('SIGINT');
        engine.shell(restoreCopy);
        await engine.start();
      },
    },
  ])('a $kind backup has all runs, and what came after it is known to be lost', { timeout }, async (one) => {
    const { number, backUp, restore } = one;
    const [kept, lost, later] = [0, 1, 2].map((more) => createRunScript(runIdOf(number + more)));
    if (kept === undefined || lost === undefined || later === undefined) throw new Error('unreachable');
    const marks: GlobalMark[] = [];
    {
      await using node = await open();
      const markNow = async () => {
        const globalPosition = await node.log.lastGlobalPosition();
        return { globalPosition, incarnation: node.log.incarnationAt(globalPosition) };
      };
      await node.log.append(kept.begin());
      await node.log.append(kept.deltas('a'));
      marks.push(await markNow());
      engine.shell(backUp);
      await node.log.append(kept.deltas('b'));
      await node.log.append(lost.begin());
      marks.push(await markNow());
      expect(await Promise.all(marks.map((mark) => node.log.reaches(mark)))).toEqual([true, true]);
    }
    await restore();
    await using node = await open();
    const reached = () => Promise.all(marks.map((mark) => node.log.reaches(mark)));
    expect(await reached()).toEqual([true, false]);
    expect(await node.log.head(kept.runId)).toMatchObject({ status: 'live', position: { epoch: 1, seq: 5 } });
    expect(await node.log.head(lost.runId)).toBeUndefined();
    // The positions of the lost events are assigned again.
    await node.log.append(later.begin());
    await node.log.append(later.deltas('x', 'y', 'z'));
    expect(await node.log.lastGlobalPosition()).toBeGreaterThanOrEqual(marks[1]?.globalPosition ?? 0);
    expect(await reached()).toEqual([true, false]);
  });
});

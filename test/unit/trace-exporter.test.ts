import { expect, test } from 'vitest';
import type { ExportLease } from '../../server/log/export-lease.ts';
import { createMemoryExportLease } from '../../server/log/export-lease.ts';
import type { GlobalMark } from '../../server/log/incarnations.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { CollectorUnavailable, type SpanSink } from '../../server/telemetry/span-sink.ts';
import { createTraceExporter } from '../../server/telemetry/trace-exporter.ts';
import type { TraceSpan } from '../../server/telemetry/trace-span.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const hourMs = 3_600_000;

function open({
  lease = createMemoryExportLease(),
  ...more
}: { lease?: ExportLease; maxRuns?: number } = {}) {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const collector = { isUp: true, sent: [] as TraceSpan[], requests: 0, largest: 0 };
  const sink: SpanSink = {
    send(spans) {
      collector.requests += 1;
      collector.largest = Math.max(collector.largest, spans.length);
      if (!collector.isUp) return Promise.reject(new CollectorUnavailable('down'));
      collector.sent.push(...spans);
      return Promise.resolve({ rejected: 0 });
    },
  };
  const create = () =>
    createTraceExporter({ log, lease, sink, clock, random: () => 1, batchSpans: 8, ...more });
  return { clock, log, lease, collector, create };
}

type Scene = ReturnType<typeof open>;

async function runOf({ clock, log }: Scene, number: number): Promise<void> {
  const run = createRunScript(runIdOf(number), { startMs: clock.now() });
  for (const append of [run.begin(), run.deltas('a', 'b'), run.nextAttempt({ keep: true }), run.complete()]) {
    const appended = log.append(append);
    await clock.runTurns();
    await appended;
  }
}

const idsOf = (spans: readonly TraceSpan[]) => spans.map(({ spanId }) => spanId);

test('an hour without the collector loses nothing, keeps no more than a page, and asks about once a minute', async () => {
  const it = open();
  const exporter = it.create();
  exporter.start();
  await it.clock.advance(10);
  it.collector.isUp = false;
  for (let number = 1; number <= 60; number += 1) {
    await runOf(it, number);
    await it.clock.advance(hourMs / 60);
  }
  expect(it.collector.sent).toEqual([]);
  expect(it.collector.requests).toBeGreaterThan(50);
  expect(it.collector.requests).toBeLessThan(80);
  it.collector.isUp = true;
  await it.clock.advance(70_000);
  // Two attempts, a stage and the run, of each.
  expect(new Set(idsOf(it.collector.sent)).size).toBe(60 * 4);
  expect(it.collector.sent.length).toBe(60 * 4);
  expect(it.collector.largest).toBe(8);
  expect(exporter.stats()).toMatchObject({ exportedSpans: 240, rejectedSpans: 0, isExporting: true });
  await exporter.stop();
  expect(it.clock.pendingTimers).toBe(0);
});

test('an exporter that starts in the middle of a run computes what is open, and gives the same ids', async () => {
  const whole = open();
  const first = whole.create();
  first.start();
  await whole.clock.advance(10);
  await runOf(whole, 1);
  await whole.clock.advance(6000);
  await first.stop();

  const it = open();
  let exporter = it.create();
  exporter.start();
  await it.clock.advance(10);
  const run = createRunScript(runIdOf(1), { startMs: it.clock.now() });
  for (const append of [run.begin(), run.deltas('a', 'b'), run.nextAttempt({ keep: true }), run.complete()]) {
    const appended = it.log.append(append);
    await it.clock.advance(6000);
    await appended;
    await exporter.stop();
    exporter = it.create();
    exporter.start();
  }
  await it.clock.advance(6000);
  await exporter.stop();
  const shape = (spans: readonly TraceSpan[]) =>
    spans.map(({ name, spanId, parent, links }) => ({ name, spanId, parent, links }));
  expect(shape(it.collector.sent)).toEqual(shape(whole.collector.sent));
});

test('with many open runs it keeps only some, and loses no span of the others', async () => {
  const it = open({ maxRuns: 2 });
  const exporter = it.create();
  exporter.start();
  await it.clock.advance(10);
  const runs = Array.from({ length: 5 }, (_, i) => createRunScript(runIdOf(i), { startMs: it.clock.now() }));
  for (const step of ['begin', 'complete'] as const) {
    for (const run of runs) {
      const appended = it.log.append(run[step]());
      await it.clock.runTurns();
      await appended;
    }
    await it.clock.advance(6000);
  }
  await exporter.stop();
  expect(it.collector.sent.map(({ name }) => name.replace(/ .*/, '')).toSorted()).toEqual([
    ...Array<string>(5).fill('chat'),
    ...Array<string>(5).fill('invoke_agent'),
    ...Array<string>(5).fill('invoke_workflow'),
  ]);
});

test('only the node with the lease exports, and the next one continues from its position', async () => {
  const shared: { mark: GlobalMark | 'start'; holder: string } = { mark: 'start', holder: 'one' };
  const leaseOf = (name: string): ExportLease => ({
    acquire: () => Promise.resolve(shared.holder === name ? shared.mark : undefined),
    save(mark) {
      if (shared.holder !== name) return Promise.resolve(false);
      shared.mark = mark;
      return Promise.resolve(true);
    },
    release: () => Promise.resolve(),
  });
  const one = open({ lease: leaseOf('one') });
  const two = open({ lease: leaseOf('two') });
  const exporters = [
    one.create(),
    createTraceExporter({
      log: one.log,
      lease: leaseOf('two'),
      sink: { send: (spans) => (two.collector.sent.push(...spans), Promise.resolve({ rejected: 0 })) },
      clock: one.clock,
      random: () => 1,
    }),
  ];
  for (const exporter of exporters) exporter.start();
  await one.clock.advance(10);
  await runOf(one, 1);
  await one.clock.advance(6000);
  expect([one.collector.sent.length, two.collector.sent.length]).toEqual([4, 0]);
  shared.holder = 'two';
  await runOf(one, 2);
  await one.clock.advance(6000);
  expect([one.collector.sent.length, two.collector.sent.length]).toEqual([4, 4]);
  for (const exporter of exporters) await exporter.stop();
});

test('a log that was restored from a backup is exported from what it still has', async () => {
  const it = open();
  await runOf(it, 1);
  const last = await it.log.lastGlobalPosition();
  await it.lease.save({ incarnation: it.log.incarnationAt(last), globalPosition: last + 1000 });
  const exporter = it.create();
  exporter.start();
  await it.clock.advance(10);
  await runOf(it, 2);
  await it.clock.advance(6000);
  await exporter.stop();
  expect(it.collector.sent.length).toBe(4);
});

test('a caller that does not record its trace has none', async () => {
  const it = open();
  const exporter = it.create();
  exporter.start();
  await it.clock.advance(10);
  const run = createRunScript(runIdOf(1));
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
  for (const append of [run.begin({ traceparent }), run.complete()]) {
    const appended = it.log.append(append);
    await it.clock.runTurns();
    await appended;
  }
  await it.clock.advance(6000);
  await exporter.stop();
  expect(it.collector.sent).toEqual([]);
});

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import type { Measurement } from '../figure.ts';
import { followRun } from '../sides.ts';
import { until } from '../../support/until.ts';

const deltas = 10_000;

export const lateJoin: Measurement = {
  id: 'P7',
  what: `a subscriber subscribes after ${deltas.toLocaleString('en')} deltas`,
  async measure({ rounds, quick, serverArguments, log }) {
    await using servers = await startBenchServers(serverArguments);
    const { ours } = servers;
    const { port } = ours.process;
    const flow = await ours.open('long', []);
    // One after the other, until they are so many events: tokens that come together become one.
    const last = { seq: 0 };
    const first = await followRun(
      port,
      flow.runId,
      () => undefined,
      ({ seq }) => {
        last.seq = seq;
      },
    );
    const isWritten = () => {
      if (last.seq < deltas) flow.stream.write();
      return last.seq >= deltas;
    };
    await until(isWritten, 'the run to be as long', { timeoutMs: 300_000, intervalMs: 1 });
    first.close();
    const sent = flow.stream.sentAtMs.length;
    /** Follows from the beginning until everything is there. */
    const join = async () => {
      const begunMs = performance.now();
      let messages = 0;
      let tokens = 0;
      const done = Promise.withResolvers<void>();
      const socket = await followRun(
        port,
        flow.runId,
        (_first, count) => {
          tokens += count;
          if (tokens >= sent) done.resolve();
        },
        () => {
          messages += 1;
        },
      );
      await done.promise;
      const tookMs = performance.now() - begunMs;
      socket.close();
      return { messages, tookMs };
    };
    await join();
    const one = { messages: [] as number[], blockMs: [] as number[], tookMs: [] as number[] };
    const many = { blockMs: [] as number[] };
    const whole: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await sleep(200);
      const begunMs = performance.now();
      const input = encodeURIComponent(JSON.stringify({ runId: flow.runId }));
      await (await fetch(`http://127.0.0.1:${port}/trpc/runs.get?input=${input}`)).text();
      whole.push(performance.now() - begunMs);
      await ours.process.usage();
      const joined = await join();
      const { maxLoopDelayMs } = await ours.process.usage();
      one.messages.push(joined.messages);
      one.tookMs.push(joined.tookMs);
      one.blockMs.push(maxLoopDelayMs);
      await Promise.all(Array.from({ length: quick ? 20 : 50 }, join));
      many.blockMs.push((await ours.process.usage()).maxLoopDelayMs);
      log(
        `  ${joined.messages} messages in ${joined.tookMs.toFixed(0)} ms, loop away for ${maxLoopDelayMs.toFixed(1)} ms at most; many at once ${many.blockMs.at(-1)?.toFixed(1)} ms`,
      );
    }
    flow.stream.end();
    flow.close();
    const value = { compares: 'value' as const };
    return {
      figures: [
        compare({
          ...value,
          id: 'P7a',
          what: `${lateJoin.what}: messages`,
          unit: '',
          ours: one.messages,
          goal: '≤ 50',
          isMet: (messages) => messages <= 50,
        }),
        compare({
          ...value,
          id: 'P7b',
          what: `${lateJoin.what}: longest block of the event loop`,
          unit: 'ms',
          ours: one.blockMs,
          goal: '≤ 20 ms',
          isMet: (ms) => ms <= 20,
        }),
        compare({
          ...value,
          id: 'P7c',
          what: `${quick ? 20 : 50} subscribers at once: longest block of the event loop`,
          unit: 'ms',
          ours: many.blockMs,
          goal: '≤ 20 ms',
          isMet: (ms) => ms <= 20,
        }),
        compare({
          id: 'P7d',
          what: `${lateJoin.what}: time until it is all there`,
          unit: 'ms',
          ours: one.tookMs,
          baseline: whole,
          compares: 'ratio',
          goal: 'for comparison',
          notes: ['baseline: one message with the whole text, as runs.get answers it'],
        }),
      ],
    };
  },
};

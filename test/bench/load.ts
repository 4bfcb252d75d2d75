import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Invalid, TooBusy } from './figure.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { pace } from './pace.ts';
import type { Flow, OnTokens } from './sides.ts';

/** What a load needs of an answer on its way. */
export interface LoadFlow extends Pick<Flow, 'stream' | 'close'> {
  readonly followers: readonly { readonly receivedBytes: number }[];
}

/** What a load needs of a server. */
export interface LoadSide<Opened extends LoadFlow> {
  readonly name: string;
  readonly process: Pick<MeasuredProcess, 'usage'>;
  open(model: string, onTokens: readonly OnTokens[]): Promise<Opened>;
}

export interface LoadOptions<Opened extends LoadFlow = Flow> {
  readonly streams: number;
  readonly followersPerStream: number;
  readonly tokensPerSecond: number;
  /** Before anything is counted: connections, compilers and caches warm up. */
  readonly warmMs: number;
  readonly measureMs: number;
  /** A name that no other load has. */
  readonly name: string;
  /** Tokens said before that, thousands to the event: a long past, quickly. @default 0 */
  readonly pastTokens?: number;
  /** Called when all followers have the past, for what is to happen beside the load. */
  readonly beside?: (flow: Opened) => Promise<Beside>;
  /** Latencies of all followers, not only of each stream's first? @default false */
  readonly allLatencies?: boolean;
  /** Give no figure if the server was not given time to keep up? @default true */
  readonly mustKeepUp?: boolean;
  /** How often it is tried on a machine that is too busy. @default 3 */
  readonly tries?: number;
  /** How long what was sent may take to arrive after the load, in milliseconds. @default 15,000 */
  readonly settleMs?: number;
}

export interface Beside {
  /** Called when all followers have all tokens. @throws Invalid if what was to happen did not. */
  check(): Promise<void>;
  close(): void;
}

export interface LoadResult {
  /** Microseconds of CPU of the server process per token that reached a follower. */
  readonly cpuUsPerToken: number;
  /** From the provider's write to the follower's ears, in milliseconds, of every token in the window. */
  readonly latenciesMs: readonly number[];
  readonly tokensPerMessage: number;
  /** Bytes on the wire, frame headers included, per token and follower. */
  readonly bytesPerToken: number;
  /** Of the server's event loop. */
  readonly utilization: number;
  /** Tokens that were to be delivered in the window, and how many came within a quarter of a second. */
  readonly due: number;
  readonly onTime: number;
  readonly delivered: number;
  /** Delivered to followers, per second of the window. */
  readonly tokensPerSecond: number;
}

const onTimeMs = 250;
/** 40 KB of text. */
const pastTokensPerEvent = 8000;

interface Counts {
  delivered: number;
  messages: number;
}

/**
 * Puts a steady load on a server and counts while it is steady. Afterwards everything that was sent must arrive,
 * once and in order. On a machine that others use too it is tried again.
 *
 * @throws Invalid if something is lost, doubled or out of order. @throws TooBusy if this process, or the server, was
 *   not given the time it needs, at any try.
 */
export async function runLoad<Opened extends LoadFlow>(
  side: LoadSide<Opened>,
  options: LoadOptions<Opened>,
): Promise<LoadResult> {
  const { tries = 3 } = options;
  for (let time = 1; ; time += 1) {
    try {
      return await tryLoad(side, { ...options, name: `${options.name}-${time}` });
    } catch (error) {
      if (!(error instanceof TooBusy) || time === tries) throw error;
    }
  }
}

async function tryLoad<Opened extends LoadFlow>(
  side: LoadSide<Opened>,
  options: LoadOptions<Opened>,
): Promise<LoadResult> {
  const { streams, followersPerStream, tokensPerSecond, warmMs, measureMs, mustKeepUp = true } = options;
  const { pastTokens = 0, allLatencies = false, settleMs = 15_000 } = options;
  const counts: Counts = { delivered: 0, messages: 0 };
  const latenciesMs: number[] = [];
  let isCounting = false;
  let fromMs = Infinity;
  let untilMs = -Infinity;
  let onTime = 0;
  let problem: Invalid | undefined;
  const flows: Opened[] = [];
  const heardUpTo: number[][] = [];
  let beside: Beside | undefined;
  try {
    for (let from = 0; from < streams; from += 50) {
      const batch = Array.from({ length: Math.min(50, streams - from) }, async (_, place) => {
        const index = from + place;
        const heard = Array.from({ length: followersPerStream }, () => 0);
        heardUpTo[index] = heard;
        const listeners = heard.map((_none, follower) => (first: number, count: number) => {
          const expected = heard[follower] ?? 0;
          if (first !== expected) problem ??= new Invalid(`token ${expected} was to come, ${first} came`);
          heard[follower] = first + count;
          if (isCounting) {
            counts.delivered += count;
            counts.messages += 1;
          }
          const nowMs = performance.now();
          const sent = flows[index]?.stream.sentAtMs;
          for (let token = first; token < first + count; token += 1) {
            const sentMs = sent?.[token] ?? Number.NaN;
            if (Number.isNaN(sentMs)) problem ??= new Invalid(`token ${token} came before it was sent`);
            if (sentMs < fromMs || sentMs >= untilMs) continue;
            if (follower === 0 || allLatencies) latenciesMs.push(nowMs - sentMs);
            if (nowMs - sentMs <= onTimeMs) onTime += 1;
          }
        });
        flows[index] = await side.open(`${options.name}-${side.name}-${index}`, listeners);
      });
      await Promise.all(batch);
    }
    for (const { stream } of flows) {
      for (let left = pastTokens; left > 0; left -= pastTokensPerEvent) {
        stream.writeTogether(Math.min(left, pastTokensPerEvent));
      }
    }
    if (pastTokens > 0) await settle(flows, heardUpTo, settleMs);
    if (flows[0] !== undefined) beside = await options.beside?.(flows[0]);
    const bytes = () => sum(flows.flatMap(({ followers }) => followers.map((it) => it.receivedBytes)));
    const writer = pace(
      flows.map((flow) => flow.stream),
      tokensPerSecond,
    );
    await sleep(warmMs);
    const before = await side.process.usage();
    const generator = performance.eventLoopUtilization();
    const bytesBefore = bytes();
    isCounting = true;
    fromMs = performance.now();
    untilMs = Infinity;
    await sleep(measureMs);
    const after = await side.process.usage();
    isCounting = false;
    untilMs = performance.now();
    const bytesAfter = bytes();
    const { utilization: ownUtilization } = performance.eventLoopUtilization(generator);
    const due = Math.round(((untilMs - fromMs) / 1000) * tokensPerSecond * streams * followersPerStream);
    await writer.stop();
    await settle(flows, heardUpTo, settleMs);
    await beside?.check();
    if (problem !== undefined) throw problem;
    if (ownUtilization > 0.95) {
      throw new TooBusy(`the load generator was busy ${Math.round(ownUtilization * 100)} % of the time`);
    }
    if (mustKeepUp && counts.delivered < due * 0.9) {
      throw new TooBusy(`only ${counts.delivered} of ${due} tokens were delivered in time`);
    }
    return {
      cpuUsPerToken: (after.cpuUs - before.cpuUs) / counts.delivered,
      latenciesMs,
      tokensPerMessage: counts.delivered / counts.messages,
      bytesPerToken: (bytesAfter - bytesBefore) / counts.delivered,
      utilization: after.utilization,
      due,
      onTime,
      delivered: counts.delivered,
      tokensPerSecond: counts.delivered / ((untilMs - fromMs) / 1000),
    };
  } finally {
    beside?.close();
    for (const flow of flows) flow?.stream.end();
    await sleep(200);
    for (const flow of flows) flow?.close();
    await rest(side);
  }
}

/** Waits until the server has done what the load has left to do, so that the next one does not pay for it. */
async function rest(side: Pick<LoadSide<LoadFlow>, 'process'>): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  await side.process.usage();
  do await sleep(100);
  while ((await side.process.usage()).utilization > 0.3 && performance.now() < deadlineMs);
}

/** Waits until every follower has every token. @throws Invalid if one does not come. */
async function settle(
  flows: readonly LoadFlow[],
  heardUpTo: readonly number[][],
  timeoutMs: number,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (const [index, flow] of flows.entries()) {
    const sent = flow.stream.sentAtMs.length;
    while (heardUpTo[index]?.some((heard) => heard < sent) === true) {
      if (performance.now() > deadlineMs) {
        throw new Invalid(
          `${sent} tokens were sent, and a follower has ${Math.min(...(heardUpTo[index] ?? []))}`,
        );
      }
      await sleep(10);
    }
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0);
}

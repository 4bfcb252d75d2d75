import { setTimeout as sleep } from 'node:timers/promises';
import { Invalid } from './figure.ts';
import type { Beside } from './load.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { followRun, type Flow } from './sides.ts';

/** What the server had come to hold when a load was over, against the moment before the odd reader came; in KiB. */
export interface OddReaderCost {
  /**
   * As V8 counts it, and what was unsent: an upper bound, for the bytes that several readers get are counted twice.
   */
  readonly grownHeap: number;
  /** As the system counts it. */
  readonly grownRss: number;
  /** What waited in the server because the kernel did not take it. */
  readonly unsent: number;
  /** What the odd reader had taken. */
  readonly received: number;
}

export interface OddReaderOptions {
  /** `undefined`: there is none, and what is told is for comparison. */
  readonly bytesPerSecond: number | undefined;
  readonly told: (cost: OddReaderCost) => void;
}

/** The server's own default: above it a reader is not fed. */
const markBytes = 256 * 1024;

/**
 * Lets a reader that hardly reads follow a run from its beginning. It begins to count only when the server itself has
 * to hold back what the kernels of both ends do not take any more. In the end the reader is healed, and must get every
 * seq.
 *
 * @throws Invalid if the server never has to hold anything back.
 */
export async function addOddReader(
  process: MeasuredProcess,
  flow: Flow,
  { bytesPerSecond, told }: OddReaderOptions,
): Promise<Beside> {
  const before = await process.collected();
  const reader = bytesPerSecond === undefined ? undefined : await openReader(process.port, flow.runId);
  reader?.socket.readAt(bytesPerSecond ?? 0);
  if (reader !== undefined && !(await soon(async () => isHeldBack((await process.usage()).unsentBytes)))) {
    reader.socket.close();
    throw new Invalid(nothingHeldBack);
  }

  return {
    async check() {
      const after = await process.collected();
      told({
        grownHeap: (after.heapBytes - before.heapBytes + after.unsentBytes) / 1024,
        grownRss: (after.rssBytes - before.rssBytes) / 1024,
        unsent: after.unsentBytes / 1024,
        received: (reader?.socket.receivedBytes ?? 0) / 1024,
      });
      if (reader === undefined) return;
      if (!isHeldBack(after.unsentBytes)) throw new Invalid(nothingHeldBack);
      reader.socket.readAt(Infinity);
      const sent = flow.stream.sentAtMs.length;
      await soon(() => reader.tokens >= sent || reader.gap !== undefined);
      const { tokens, gap } = reader;
      if (gap !== undefined) throw new Invalid(`the slow reader missed something: ${gap}`);
      if (tokens < sent) throw new Invalid(`the slow reader, healed, has ${tokens} of ${sent} tokens`);
    },
    close: () => reader?.socket.close(),
  };
}

const nothingHeldBack =
  'the kernel took all that the slow reader did not: the server had nothing to hold back';

function isHeldBack(unsentBytes: number): boolean {
  return unsentBytes >= markBytes;
}

/** A reader that knows how far it is and whether something was missing. */
async function openReader(port: number, runId: string) {
  let tokens = 0;
  let lastSeq = 0;
  let gap: string | undefined;
  const socket = await followRun(
    port,
    runId,
    (first, count) => {
      tokens = first + count;
    },
    ({ type, seq, firstSeq = seq }) => {
      // What only fills a gap repeats the seq that was there.
      if (type.endsWith('.waiting')) return;
      if (firstSeq !== lastSeq + 1) gap ??= `after seq ${lastSeq} came ${firstSeq}`;
      lastSeq = seq;
    },
  );
  return {
    socket,
    get tokens() {
      return tokens;
    },
    get gap() {
      return gap;
    },
  };
}

/** Waits for it, 10 s at most; says whether it came true. */
async function soon(isTrue: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadlineMs = performance.now() + 10_000;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) return false;
    await sleep(20);
  }
  return true;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchServers } from '../bench-servers.ts';
import { compare } from '../compare.ts';
import { Invalid, type Measurement } from '../figure.ts';
import { pace } from '../pace.ts';
import { followRun, type HeardEvent } from '../sides.ts';
import { tokenChars } from '../token-provider.ts';

export const wireBytes: Measurement = {
  id: 'P6',
  what: 'bytes on the wire per token',
  async measure({ rounds, quick, log }) {
    await using servers = await startBenchServers([]);
    const { ours } = servers;
    const take = async (windowMs: number, name: string) => {
      await ours.process.fixWindow(windowMs);
      const flow = await ours.open(name, []);
      const heard: HeardEvent[] = [];
      let tokens = 0;
      const socket = await followRun(
        ours.process.port,
        flow.runId,
        (_first, count) => {
          tokens += count;
        },
        (event) => heard.push(event),
      );
      flow.stream.write();
      await sleep(300);
      const [bytesBefore, tokensBefore] = [socket.receivedBytes, tokens];
      const writer = pace([flow.stream], 100);
      await sleep(quick ? 1000 : 2000);
      await writer.stop();
      await sleep(300);
      const sent = flow.stream.sentAtMs.length;
      if (tokens !== sent) throw new Invalid(`${sent} tokens were sent, ${tokens} came`);
      const perToken = (socket.receivedBytes - bytesBefore) / (tokens - tokensBefore);
      const single = heard.filter(
        (event) => event.type === 'stage.delta' && event.text.length === tokenChars,
      );
      const sizes = single.map((event) => Buffer.byteLength(JSON.stringify(event)));
      flow.stream.end();
      socket.close();
      flow.close();
      return { perToken, event: sizes.reduce((one, other) => one + other, 0) / sizes.length };
    };
    const unmerged: number[] = [];
    const merged: number[] = [];
    const baseline: number[] = [];
    for (let round = 0; round < Math.min(rounds, 3); round += 1) {
      const plain = await take(0, `plain-${round}`);
      const wide = await take(40, `wide-${round}`);
      log(
        `  event ${plain.event.toFixed(0)} B, unmerged ${plain.perToken.toFixed(0)} B, merged ${wide.perToken.toFixed(0)} B`,
      );
      baseline.push(plain.event);
      unmerged.push(plain.perToken);
      merged.push(wide.perToken);
    }
    const common = { unit: 'B', baseline, compares: 'ratio' as const };
    return {
      figures: [
        compare({
          ...common,
          id: 'P6a',
          what: `${wireBytes.what}, coalesced over 40 ms`,
          ours: merged,
          goal: '≤ 0.4 ×',
          isMet: (ratio) => ratio <= 0.4,
          notes: [`100 tokens/s of ${tokenChars} characters, window 40 ms; baseline: the JSON of one event`],
        }),
        compare({
          ...common,
          id: 'P6b',
          what: `${wireBytes.what}, no coalescing`,
          ours: unmerged,
          goal: '≤ 1.3 ×',
          isMet: (ratio) => ratio <= 1.3,
          notes: [
            'tRPC’s envelope, with the cursor in it twice, and the frame’s header come on top of the event',
          ],
        }),
      ],
    };
  },
};

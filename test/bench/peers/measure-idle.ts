import { setTimeout as sleep } from 'node:timers/promises';
import type { Measure } from './measure.ts';
import type { PeerSubscriber } from './peer.ts';

/** The first ones are for what is made once. */
const first = 50;
const more = 300;

/** Memory of the server per subscriber of an answer that is silent. */
export const measureIdle: Measure = async (servers, name) => {
  const answer = await servers.begin(`${name}-idle`);
  answer.stream.write(3);
  const subscribers: PeerSubscriber[] = [];
  const add = async (count: number) => {
    for (let left = count; left > 0; left -= 50) {
      const batch = Array.from({ length: Math.min(50, left) }, () =>
        answer.follow({ text: () => undefined, restart: () => undefined }),
      );
      subscribers.push(...(await Promise.all(batch)));
    }
    await sleep(300);
    return servers.collected();
  };
  const before = await add(first);
  const after = await add(more);
  for (const subscriber of subscribers) subscriber.disconnect();
  answer.stream.end();
  answer.close();
  return {
    heapKB: (after.heapBytes - before.heapBytes) / more / 1024,
    rssKB: (after.rssBytes - before.rssBytes) / more / 1024,
  };
};

import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../statistics.ts';
import { tokenChars } from '../token-provider.ts';
import { DeliveryAccount } from './delivery-account.ts';
import { Invalid } from '../figure.ts';
import type { Measure } from './measure.ts';
import { paced } from './paced.ts';
import { soon } from './soon.ts';

const fast = 10;
const tokensPerSecond = 50;
/** 40 KB of text. */
const tokensPerEvent = 8000;
/** 6 MB: more than the kernels of both ends take. */
const events = 150;

/** One subscriber reads nothing beside ten that do, then reads on. */
export const measureStalled: Measure = async (servers, name, { quick }) => {
  const answer = await servers.begin(`${name}-stalled`);
  const { stream } = answer;
  const latenciesMs: number[] = [];
  let isCounting = false;
  const quickOnes = await Promise.all(
    Array.from({ length: fast }, async () => {
      const account = new DeliveryAccount((number) => {
        if (isCounting) latenciesMs.push(performance.now() - (stream.sentAtMs[number] ?? Number.NaN));
      });
      return { account, subscriber: await answer.follow(account) };
    }),
  );
  const account = new DeliveryAccount();
  const stalled = await answer.follow(account);
  stalled.readAt(0);
  for (let event = 0; event < events; event += 1) {
    stream.writeTogether(tokensPerEvent);
    await sleep(8);
  }
  const hasAll = (one: DeliveryAccount) => one.has(stream.sentAtMs.length - 1);
  if (!(await soon(() => quickOnes.every((it) => hasAll(it.account)), 12_000))) {
    throw new Invalid(`${(events * tokensPerEvent * tokenChars) / 1e6} MB were not delivered within 12 s`);
  }
  await using writer = paced([stream], tokensPerSecond);
  await sleep(300);
  isCounting = true;
  await sleep(quick ? 800 : 2000);
  isCounting = false;
  await writer.stop();
  const before = await servers.collected();
  const isCutOff = stalled.isClosed;
  stalled.readAt(Infinity);
  await soon(() => hasAll(account) || stalled.isClosed, 6000);
  const wasClosed = isCutOff || (stalled.isClosed && !hasAll(account));
  if (wasClosed) await stalled.resume().catch(() => undefined);
  await soon(() => hasAll(account), 3000);
  await sleep(200);
  const after = await servers.collected();
  const sent = stream.sentAtMs.length;
  for (const { subscriber } of [...quickOnes, { subscriber: stalled }]) subscriber.disconnect();
  stream.end();
  answer.close();
  return {
    fastP50Ms: quantile(latenciesMs, 0.5),
    fastP99Ms: quantile(latenciesMs, 0.99),
    // Both moments have what is stored for the answer itself. The difference is lost in the noise if it is small.
    heldKiB: Math.max(before.unsentBytes, before.heapBytes - after.heapBytes) / 1024,
    lost: account.lost,
    late: account.missingIn(0, sent) - account.lost,
    duplicated: account.duplicated,
    cutOff: wasClosed ? 1 : 0,
  };
};

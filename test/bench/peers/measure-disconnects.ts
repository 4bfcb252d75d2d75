import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../statistics.ts';
import { DeliveryAccount } from './delivery-account.ts';
import type { Measure } from './measure.ts';
import { paced } from './paced.ts';
import { soon } from './soon.ts';

const subscribers = 100;
const tokensPerSecond = 20;
const absenceMs = 2000;

/** A fifth of the subscribers lose their connections for two seconds and come back. */
export const measureDisconnects: Measure = async (servers, name) => {
  const answer = await servers.begin(`${name}-away`);
  const { stream } = answer;
  const all = await Promise.all(
    Array.from({ length: subscribers }, async () => {
      const account = new DeliveryAccount();
      return { account, subscriber: await answer.follow(account) };
    }),
  );
  const away = all.filter((_, index) => index % 5 === 0);
  await using writer = paced([stream], tokensPerSecond);
  await sleep(1000);
  for (const { subscriber } of away) subscriber.disconnect();
  await sleep(absenceMs);
  const missedUntil = stream.sentAtMs.length;
  const backMs = await Promise.all(
    away.map(async ({ account, subscriber }) => {
      const fromMs = performance.now();
      const isOpen = await subscriber.resume().then(
        () => true,
        () => false,
      );
      const isBack = isOpen && (await soon(() => account.missingIn(0, missedUntil) === 0, 4000));
      return isBack ? performance.now() - fromMs : Number.NaN;
    }),
  );
  await sleep(500);
  await writer.stop();
  const sent = stream.sentAtMs.length;
  await soon(() => all.every(({ account }) => account.missingIn(0, sent) === 0), 3000);
  const total = (read: (account: DeliveryAccount) => number) =>
    all.reduce((sum, { account }) => sum + read(account), 0);
  for (const { subscriber } of all) subscriber.disconnect();
  stream.end();
  answer.close();
  return {
    lost: total((it) => it.lost),
    late: total((it) => it.missingIn(0, sent) - it.lost),
    duplicated: total((it) => it.duplicated),
    outOfOrder: total((it) => it.outOfOrder),
    receivedAgain: total((it) => it.receivedAgain) / away.length,
    caughtUpMs: median(backMs),
  };
};

import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../statistics.ts';
import { DeliveryAccount } from './delivery-account.ts';
import type { Measure } from './measure.ts';
import { paced } from './paced.ts';
import { soon } from './soon.ts';

const answers = 10;
const tokensPerSecond = 20;
/** How long an answer has to go on after the server is ready again. */
const continueMs = 4000;

/** SIGKILL while ten answers are written, and a restart with the same data. */
export const measureKill: Measure = async (servers, name, { provider }) => {
  const models = Array.from({ length: answers }, (_, index) => `${name}-kill-${index}`);
  const flows = await Promise.all(
    models.map(async (model) => {
      const answer = await servers.begin(model);
      const flow = { model, answer, nextMs: Number.NaN };
      const account = new DeliveryAccount((number) => {
        // The provider numbers a second answer from here on.
        if (number >= 1_000_000 && Number.isNaN(flow.nextMs)) flow.nextMs = performance.now();
      });
      return Object.assign(flow, { account, subscriber: await answer.follow(account) });
    }),
  );
  await using writer = paced(
    flows.map(({ answer }) => answer.stream),
    tokensPerSecond,
  );
  await sleep(1500);
  const killedMs = performance.now();
  await servers.kill();
  await writer.stop();
  const delivered = flows.map(({ account, answer }) => account.countIn(0, answer.stream.sentAtMs.length));
  await servers.restart();
  const readyMs = performance.now();

  await using more = new AsyncDisposableStack();
  let continued = 0;
  for (const { model } of flows) {
    void provider.next(model).then((stream) => {
      continued += 1;
      if (!more.disposed) more.use(paced([stream], tokensPerSecond));
    });
  }
  // A system may have forgotten the answer, and refuse.
  const back = await Promise.allSettled(flows.map(({ subscriber }) => subscriber.resume()));
  const late = await Promise.all(
    flows.map(async ({ answer }) => {
      const account = new DeliveryAccount();
      const subscriber = await answer.follow(account).catch(() => undefined);
      return { account, subscriber };
    }),
  );
  await soon(() => flows.every(({ nextMs }) => !Number.isNaN(nextMs)), continueMs);
  // For what is still on its way, to old and new ones alike.
  await sleep(500);
  await more.disposeAsync();
  const sum = (values: readonly number[]) => values.reduce((one, other) => one + other, 0);
  const kept = late.map(({ account }, index) => account.countIn(0, delivered[index] ?? 0));
  const result = {
    readyMs: readyMs - killedMs,
    refused: back.filter(({ status }) => status === 'rejected').length,
    kept: sum(kept) / sum(delivered),
    continued: continued / answers,
    nextTokenMs: median(flows.map(({ nextMs }) => nextMs - killedMs).filter((ms) => !Number.isNaN(ms))),
    duplicated: sum(flows.map(({ account }) => account.duplicated)),
    outOfOrder: sum(flows.map(({ account }) => account.outOfOrder)),
  };
  for (const { answer, subscriber } of flows) {
    subscriber.disconnect();
    answer.close();
  }
  for (const { subscriber } of late) subscriber?.disconnect();
  return result;
};

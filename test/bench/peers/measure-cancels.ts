import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../support/until.ts';
import { quantile } from '../statistics.ts';
import type { Measure } from './measure.ts';

const samples = 12;

/** From the client's command until the provider's connection is closed. */
export const measureCancels: Measure = async (servers, name) => {
  const cancelledMs: number[] = [];
  for (let index = 0; index < samples; index += 1) {
    const answer = await servers.begin(`${name}-cancel-${index}`);
    const subscriber = await answer.follow({ text: () => undefined, restart: () => undefined });
    answer.stream.write(5);
    await sleep(20);
    const fromMs = performance.now();
    const closedMs = await within(answer.cancel(), 'the provider’s connection to be closed', {
      timeoutMs: 3000,
    });
    cancelledMs.push(closedMs - fromMs);
    subscriber.disconnect();
    answer.close();
  }
  return { p50Ms: quantile(cancelledMs, 0.5), maxMs: Math.max(...cancelledMs) };
};

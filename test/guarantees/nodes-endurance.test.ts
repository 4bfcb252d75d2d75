import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { playCommandedRun, type CommandedRun } from '../support/commanded-run.ts';
import { createEnduranceFigures } from '../support/endurance-figures.ts';
import { expectOneOutcome } from '../support/expect-one-outcome.ts';
import { startFaultyCluster, type FaultyCluster } from '../support/faulty-cluster.ts';
import { expectWhole } from '../support/node-crowd.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { startRoamingFeed } from '../support/roaming-feed.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { until } from '../support/until.ts';
import { isLong, sizes } from './sizes.ts';

// Everything at once: two nodes as processes, runs with subscribers and commands at both, a node killed at intervals, the
// engine killed twice, connections reset at random. Prints a table of figures.
// Seen red with: a known command whose receipt is not looked up; a feed, and a subscription to a run, that resume one event
// too early.

const { live, subscribers, killEveryMs, outagesMs, tokensPerSecond, chars, ...size } = sizes.endurance;
const seconds = Number(process.env['STAGEWIRE_TEST_SECONDS'] ?? size.seconds);
const seed = Number(process.env['STAGEWIRE_TEST_SEED'] ?? 14);
const env = { STAGEWIRE_LEASE_MS: isLong ? '10000' : '3000' };
/** Two stages; with a redirect, three. */
const model = `rehearsal/ttft=200,tps=${tokensPerSecond},chars=${chars},reasoning=0`;
const durationMs = (2 * chars * 1000) / 4 / tokensPerSecond;

describePostgres(
  (database) => {
    test(
      `${live} live runs with ${live * subscribers} subscribers at two nodes survive ${seconds} s of faults`,
      { timeout: seconds * 1000 + 600_000 },
      async () => {
        const schema = database.nextSchema();
        const random = createSeededChance(seed);
        await using cluster = await startFaultyCluster({ database, schema, env });
        const { ports } = cluster;
        const feeds = [0, 1].map((first) => startRoamingFeed(ports, first));
        await Promise.all(feeds.map(({ opened }) => opened));

        const runs: CommandedRun[] = [];
        const beganMs = performance.now();
        const isOver = () => performance.now() - beganMs >= seconds * 1000;
        const lane = async () => {
          for (let number = 0; !isOver(); number += 1) {
            runs.push(await playCommandedRun({ ports, subscribers, model, durationMs, random }));
          }
        };
        const lanes = Promise.all(Array.from({ length: live }, lane));
        await Promise.all([
          lanes,
          killNodes(cluster, random.next),
          killEngine(cluster),
          cutAll(cluster, random.next),
        ]);

        const figures = createEnduranceFigures();
        for (let index = 0; index < runs.length; index += 20) {
          const some = runs.slice(index, index + 20);
          const logs = await expectWhole(
            { database, schema },
            some.flatMap(({ crowd }) => crowd),
          );
          for (const run of some) {
            const entries = logs.get(run.runId) ?? [];
            expectOneOutcome(run, entries);
            figures.add(run, entries);
          }
        }
        const rows = figures.rows(cluster, (performance.now() - beganMs) / 1000);
        const width = Math.max(...rows.map(([name]) => name.length));
        process.stdout.write(
          `\n${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n\n`,
        );

        const [one, other] = feeds;
        await until(
          () => feeds.every(({ ended }) => ended.size === runs.length),
          'the feeds to have all runs',
        );
        for (const feed of feeds) {
          feed.leave();
          expect(feed.problem).toBeUndefined();
          expect(new Set(feed.events).size).toBe(feed.events.length);
        }
        expect(one?.events).toEqual(other?.events);
        expect(cluster.nodeKills.length).toBeGreaterThan(0);
        expect(cluster.engineOutages.length).toBe(outagesMs.length);
      },
    );
  },
  { ownEngine: true },
);

async function killNodes(cluster: FaultyCluster, random: () => number): Promise<void> {
  const sinceMs = performance.now();
  for (let kill = 0; (kill + 0.5) * killEveryMs < seconds * 1000; kill += 1) {
    // At a steady rate, whatever the restarts take.
    await sleep(Math.max(0, sinceMs + (kill + 0.5) * killEveryMs - performance.now()));
    await cluster.killNode(kill, (random() * killEveryMs) / 10);
  }
}

async function killEngine(cluster: FaultyCluster): Promise<void> {
  for (const outageMs of outagesMs) {
    // Spread over the time.
    await sleep((seconds * 1000) / (outagesMs.length + 1));
    await cluster.killEngine(outageMs);
  }
}

async function cutAll(cluster: FaultyCluster, random: () => number): Promise<void> {
  for (let atMs = 0; atMs < seconds * 1000;) {
    const pauseMs = 100 + random() * 400;
    // A few each second.
    await sleep(pauseMs);
    cluster.cut(random);
    atMs += pauseMs;
  }
}

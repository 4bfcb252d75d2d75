import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadOver, readEnvironment } from '../environment.ts';
import type { Plot } from '../figure.ts';
import { latencyCurve } from '../latency-curve.ts';
import { aiSdkPeer } from './ai-sdk-peer.ts';
import { durableStreamsPeer } from './durable-streams-peer.ts';
import { installedVersion, installPeers } from './install-peers.ts';
import { langGraphPeer } from './langgraph-peer.ts';
import type { Values } from './measure.ts';
import { peerItems } from './peer-figures.ts';
import { Unavailable, type Peer } from './peer.ts';
import { asPeersPage } from './peers-page.ts';
import { asMarkdown, startProblem, type PeerResult, type PeersReport } from './peers-report.ts';
import { runPeer } from './run-peer.ts';
import { writePlots } from '../write-plots.ts';
import { formatMarkdown, writeSection } from '../write-section.ts';
import { socketIoPeer } from './socket-io-peer.ts';
import { stagewirePeer } from './stagewire-peer.ts';
import { trpcPeer } from './trpc-peer.ts';

const peers: readonly Peer[] = [
  stagewirePeer,
  trpcPeer,
  socketIoPeer,
  durableStreamsPeer,
  langGraphPeer,
  aiSdkPeer,
];
const document = 'docs/PERFORMANCE.md';

const usage = `npm run bench:peers -- [options]

  --rounds n       how often everything is done to every system (default 3, with --quick 1)
  --quick          shorter loads, to see that it works; the figures are then worth little
  --only a,b       systems whose names contain one of these
  --items a,b      of ${peerItems.map(({ id }) => id).join(', ')}
  --minutes n      nothing is begun after so many minutes (default 13, without the installation)
  --out folder     where JSON, Markdown and the page with the plots go (default ./bench-results)
  --write          also puts the table into ${document}`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    items: { type: 'string' },
    minutes: { type: 'string', default: '13' },
    out: { type: 'string', default: './bench-results' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** What one system has given so far. */
interface Taking {
  readonly peer: Peer;
  readonly rounds: Record<string, Values[]>;
  readonly problems: Record<string, string[]>;
  readonly latenciesMs: Record<'fan' | 'streams', number[]>;
  notMeasured?: string;
}

if (values.help) console.log(usage);
else {
  await run();
  // What a measurement that took too long has left behind must not keep the process alive.
  process.exit();
}

async function run(): Promise<void> {
  const { quick, out, write } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 3));
  const names = values.only?.toLowerCase().split(',');
  const ids = values.items?.split(',');
  const takings: Taking[] = peers
    .filter(({ name }) => names?.some((part) => name.toLowerCase().includes(part)) ?? true)
    .map((peer) => ({ peer, rounds: {}, problems: {}, latenciesMs: { fan: [], streams: [] } }));
  const items = peerItems.filter(({ id }) => ids?.includes(id) ?? true);
  await installPeers((line) => console.log(line));

  const environment = readEnvironment();
  const begunMs = performance.now();
  const mayGoOn = () => performance.now() - begunMs < Number(values.minutes) * 60_000;
  for (let round = 1; round <= rounds && mayGoOn(); round += 1) {
    // One after the other in every round, so that whatever else the machine does falls on all of them.
    for (const taking of takings) await takeRound(taking, round);
  }

  async function takeRound(taking: Taking, round: number): Promise<void> {
    const { peer } = taking;
    if (taking.notMeasured !== undefined || !mayGoOn()) return;
    console.log(`round ${round}, ${peer.name}`);
    try {
      await runPeer(peer, {
        // What one round gives no figure of takes the longest, and gives none in the next.
        items: items.filter(({ id }) => taking.problems[id] === undefined),
        quick,
        mayGoOn,
        onLatencies: (item, latenciesMs) => {
          for (const ms of latenciesMs) taking.latenciesMs[item].push(ms);
        },
        onValues(item, measured) {
          (taking.rounds[item.id] ??= []).push(measured);
          console.log(`  ${item.id}: ${JSON.stringify(measured, (_key, it) => threeDigits(it))}`);
        },
        onProblem(item, why) {
          (taking.problems[item.id] ??= []).push(why);
          console.log(`  ${item.id}: no figure: ${why}`);
        },
      });
    } catch (error) {
      const { message } = error as Error;
      console.log(`  ${peer.name}: ${message}`);
      if (error instanceof Unavailable) taking.notMeasured = message;
      else (taking.problems[startProblem] ??= []).push(message);
    }
  }

  const tookMs = performance.now() - begunMs;
  const report: PeersReport = {
    environment: { ...environment, loadDuring: loadOver(tookMs) },
    rounds,
    quick,
    tookMs,
    peers: await Promise.all(takings.map(resultOf)),
  };
  const markdown = await formatMarkdown(asMarkdown(report));
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'peers.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(out, 'peers.md'), markdown);
  await writeFile(join(out, 'peers.html'), asPeersPage(markdown, plotsOf(takings)));
  console.log(`\n${markdown}\nWritten to ${join(out, 'peers.json')}, peers.md and peers.html.`);
  if (!write) return;
  const plots = await writePlots('peers', plotsOf(takings));
  await writeSection('peers', `${markdown.trim()}\n\n${plots}`);
  console.log(`The table is in ${document}.`);
}

async function resultOf({ peer, rounds, problems, notMeasured }: Taking): Promise<PeerResult> {
  const versions = await Promise.all(
    peer.packages.map(async (name) => [name, await installedVersion(name)] as const),
  );
  return {
    name: peer.name,
    versions: Object.fromEntries(versions),
    ...(notMeasured === undefined ? {} : { notMeasured }),
    rounds,
    problems,
  };
}

function plotsOf(takings: readonly Taking[]): readonly Plot[] {
  return (['streams', 'fan'] as const).map((item) => ({
    title: `latency, ${peerItems.find(({ id }) => id === item)?.what ?? item}`,
    x: 'milliseconds from the provider’s write to the subscriber',
    y: 'part of the tokens',
    logX: true,
    yScale: 'nines',
    lines: takings.map(({ peer, latenciesMs }) => ({
      name: peer.name,
      points: latencyCurve(latenciesMs[item]),
    })),
  }));
}

function threeDigits(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(3)) : value;
}

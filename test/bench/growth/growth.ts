import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { loadOver, readEnvironment } from '../environment.ts';
import { judge, type Growth, type GrowthReport } from './curve.ts';
import { growthPage } from './growth-page.ts';
import { growthMarkdown, growthPlots, growthText } from './growth-text.ts';
import { liveRuns } from './live-runs.ts';
import { runLength } from './run-length.ts';
import { storedEvents } from './stored-events.ts';
import { subscribers } from './subscribers.ts';
import { writePlots } from '../write-plots.ts';
import { writeSection } from '../write-section.ts';

const growths: readonly Growth[] = [liveRuns, subscribers, storedEvents, runLength];

const usage = `npm run bench:growth -- [options]

  --only runs,length  these only (${growths.map(({ id }) => id).join(', ')})
  --quick             small amounts, to see that it works
  --long              up to ten times as much, which takes minutes and gigabytes
  --out folder        where the JSON and the page go (default ./bench-results)
  --write             writes the tables to docs/PERFORMANCE.md as well
  --profile folder    writes CPU profiles of the server's process there; the figures are then worth nothing`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    out: { type: 'string', default: './bench-results' },
    write: { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

process.exitCode = values.help ? help() : await run();

function help(): number {
  console.log(usage);
  return 0;
}

async function run(): Promise<number> {
  const { only, quick, long, out, write, profile } = values;
  const wanted = only?.split(',').map((id) => id.trim());
  const unknown = wanted?.filter((id) => !growths.some((growth) => growth.id === id)) ?? [];
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}.\n${usage}`);
    return 2;
  }
  const begunMs = performance.now();
  const environment = readEnvironment();
  const reports: GrowthReport[] = [];
  for (const { id, measure } of growths) {
    if (wanted?.includes(id) === false) continue;
    console.log(`${id}:`);
    const report = await measure({
      quick,
      long,
      serverArguments: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
      log: (line) => console.log(line),
    });
    console.log(`\n${growthText(report)}\n`);
    reports.push(report);
  }
  const tookMs = performance.now() - begunMs;
  const { at, cores, cpu, system, node, loadBefore } = environment;
  const about = `${at.slice(0, 10)}, ${cores} cores of ${cpu}, ${system}, Node ${node}; load average ${loadBefore.toFixed(1)} before and ${loadOver(tookMs).toFixed(1)} at the end; ${(tookMs / 1000).toFixed(0)} s.`;
  console.log(about);
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'growth.json'), `${JSON.stringify({ environment, tookMs, reports }, null, 2)}\n`);
  await writeFile(join(out, 'growth.html'), growthPage(about, reports));
  console.log(`Written to ${join(out, 'growth.json')} and ${join(out, 'growth.html')}.`);
  if (write) {
    const plots = await writePlots('growth', reports.flatMap(growthPlots));
    const section = [about, ...reports.map(growthMarkdown), plots].join('\n\n');
    await writeSection('growth', section);
    console.log('Written to docs/PERFORMANCE.md.');
  }
  const missed = reports
    .flatMap(({ curves }) => curves.map(judge))
    .filter(({ verdict }) => verdict === 'missed');
  for (const { what, fit, end } of missed) {
    console.log(
      `Grows by more than its limit: ${what} (${fit.exponent.toFixed(2)}, at the end ${end.exponent.toFixed(2)}).`,
    );
  }
  return missed.length > 0 && !quick ? 1 : 0;
}

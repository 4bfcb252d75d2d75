import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { loadOver, readEnvironment } from './environment.ts';
import { Invalid, type Figure, type Measurement, type NoFigure, type Plot } from './figure.ts';
import { accessLog } from './figures/access-log.ts';
import { commands } from './figures/commands.ts';
import { cpuPerToken } from './figures/cpu-per-token.ts';
import { fanOut } from './figures/fan-out.ts';
import { idleMemory } from './figures/idle-memory.ts';
import { lateJoin } from './figures/late-join.ts';
import { latency } from './figures/latency.ts';
import { logGrowth } from './figures/log-growth.ts';
import { manyRuns } from './figures/many-runs.ts';
import { observed } from './figures/observed.ts';
import { restart } from './figures/restart.ts';
import { severalNodes } from './figures/several-nodes.ts';
import { signedIn } from './figures/signed-in.ts';
import { slowReader } from './figures/slow-reader.ts';
import { wireBytes } from './figures/wire-bytes.ts';
import { asPage } from './report-page.ts';
import { asMarkdown, asText, type Report } from './report.ts';
import { writePlots } from './write-plots.ts';
import { writeSection } from './write-section.ts';

const measurements: readonly Measurement[] = [
  cpuPerToken,
  fanOut,
  idleMemory,
  latency,
  commands,
  wireBytes,
  lateJoin,
  manyRuns,
  restart,
  logGrowth,
  slowReader,
  signedIn,
  observed,
  accessLog,
  severalNodes,
];

const usage = `npm run bench -- [options]

  --only P1,P4     these figures only
  --rounds n       how often each is taken (default 5, with --quick 1)
  --quick          one short round: checks that the benchmark works
  --out folder     where the JSON and the page go (default ./bench-results)
  --write          also puts the table and the plots into docs/PERFORMANCE.md
  --profile folder writes CPU profiles of the server's process there; the figures are then worth nothing`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
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
  const { quick, out, profile } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 5));
  const wanted = values.only?.split(',').map((id) => id.trim().toUpperCase());
  const unknown = wanted?.filter((id) => !measurements.some((it) => it.id === id)) ?? [];
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    const known = measurements.map((it) => it.id).join(', ');
    console.error(
      unknown.length > 0
        ? `There is no figure ${unknown.join(', ')}; there are ${known}.`
        : '--rounds wants a whole number from 1.',
    );
    console.error(usage);
    return 2;
  }
  const begunMs = performance.now();
  const environment = readEnvironment();
  const figures: Figure[] = [];
  const withoutFigure: NoFigure[] = [];
  const plots: Plot[] = [];
  for (const { id, what, measure } of measurements.filter((it) => wanted?.includes(it.id) ?? true)) {
    console.log(`${id}: ${what}`);
    try {
      const measured = await measure({
        rounds,
        quick,
        serverArguments: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
        log: (line) => console.log(line),
      });
      figures.push(...measured.figures);
      plots.push(...(measured.plots ?? []));
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      console.log(`  no figure: ${error.message}`);
      withoutFigure.push({ id, what, why: error.message });
    }
  }
  const tookMs = performance.now() - begunMs;
  const loadDuring = loadOver(tookMs);
  const report: Report = {
    environment: { ...environment, loadDuring },
    rounds,
    quick,
    tookMs,
    figures,
    withoutFigure,
    plots,
  };
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(out, 'bench.html'), asPage(report));
  console.log(`\n${asText(report)}\n\nWritten to ${join(out, 'bench.json')} and ${join(out, 'bench.html')}.`);
  if (values.write) {
    await writeSection('bench', `${asMarkdown(report)}\n\n${await writePlots('bench', plots)}`);
    console.log('The table is in docs/PERFORMANCE.md.');
  }
  // A goal that is missed is a finding, not a failure of the bench; a figure that could not be taken is one.
  return withoutFigure.length > 0 ? 1 : 0;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { simulate } from '../support/simulate.ts';
import { simulateOwners } from '../support/simulate-owners.ts';
import { seedProblem } from './seed-problem.ts';

// npm run simulate -- [--seeds 10000] [--from 1] [--minutes 10] [--trace]: each seed plays both simulations.

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const from = wholeNumber('from', values.from);
const count = wholeNumber('seeds', values.seeds);
const untilMs = values.minutes === undefined ? Infinity : wholeNumber('minutes', values.minutes) * 60_000;
const simulations = [
  { play: (seed: number) => simulate(seed, { trace: values.trace }), kept: 'failed-seeds.json' },
  { play: simulateOwners, kept: 'failed-owners-seeds.json' },
];

const startedMs = performance.now();
const elapsedMs = () => performance.now() - startedMs;
const failed: number[] = [];
let played = 0;
let saidAtMs = 0;
while (played < count && elapsedMs() < untilMs && failed.length < 20) {
  const seed = from + played;
  for (const { play, kept } of simulations) {
    const simulation = await play(seed);
    if (values.trace && 'trace' in simulation) console.log(simulation.trace.join('\n'));
    if (simulation.broken.length === 0) continue;
    failed.push(seed);
    keep(seed, new URL(kept, import.meta.url));
    console.error(seedProblem(seed, simulation));
  }
  played += 1;
  if (elapsedMs() - saidAtMs > 30_000) {
    saidAtMs = elapsedMs();
    console.log(`${played} seeds, ${(elapsedMs() / played).toFixed(1)} ms each, ${failed.length} failed`);
  }
}
const each = (elapsedMs() / Math.max(1, played)).toFixed(1);
console.log(`${played} seeds from ${from}, ${each} ms each: ${failed.length} failed ${failed.join(' ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** From now on `npm test` plays it too. */
function keep(seed: number, path: URL): void {
  const known = JSON.parse(readFileSync(path, 'utf8')) as number[];
  if (known.includes(seed)) return;
  writeFileSync(path, `${JSON.stringify([...known, seed].toSorted((one, other) => one - other))}\n`);
}

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
  console.error(`--${name} is "${text}": it must be a whole number above 0.`);
  return process.exit(2);
}

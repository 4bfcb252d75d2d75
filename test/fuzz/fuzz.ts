import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { allFuzzers } from './all-fuzzers.ts';
import type { Fuzzer } from './fuzzer.ts';

// npm run fuzz -- [name …] [--minutes 10] [--seed 123]
//
// Each fuzzer in turn, for so many minutes with random seeds, or one seed once. Only loopback is used.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const minutes = numberOf('minutes', values.minutes);
const onlySeed = values.seed === undefined ? undefined : numberOf('seed', values.seed);
const unknown = positionals.filter((name) => !allFuzzers.some((fuzzer) => fuzzer.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no fuzzer ${unknown.join(', ')}; there are ${allFuzzers.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

const keptPath = new URL('failed-seeds.json', import.meta.url);
/** Seeds of one fuzzer after whose failure it stops. */
const maxFailures = 5;
const sayEveryMs = 60_000;

/** What no `catch` has seen is the fault of the seed that is played. */
const uncaught: unknown[] = [];
for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(name, (error: unknown) => uncaught.push(error));
}

let isClean = true;
for (const fuzzer of allFuzzers) {
  if (positionals.length > 0 && !positionals.includes(fuzzer.name)) continue;
  isClean = (await run(fuzzer)) && isClean;
}
for (const error of uncaught) console.error('After the last seed:', error);
process.exit(isClean && uncaught.length === 0 ? 0 : 1);

async function run(fuzzer: Fuzzer): Promise<boolean> {
  await using session = await fuzzer.open();
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const first = onlySeed ?? Math.floor(Math.random() * 2 ** 31);
  let played = 0;
  let failures = 0;
  let saidAtMs = 0;
  const mayGoOn = () => onlySeed === undefined && elapsedMs() < minutes * 60_000 && failures < maxFailures;
  do {
    const seed = first + played;
    const problem = await problemOf(() => session.play(seed));
    played += 1;
    if (problem !== undefined) {
      failures += 1;
      keep(fuzzer.name, seed);
      console.error(`${fuzzer.name}, seed ${seed}:`, problem);
      console.error(`To see it again: npm run fuzz -- ${fuzzer.name} --seed ${seed}`);
    }
    if (elapsedMs() - saidAtMs > sayEveryMs) {
      saidAtMs = elapsedMs();
      console.log(`${fuzzer.name}: ${played} seeds, ${failures} failed`);
    }
  } while (mayGoOn());
  console.log(
    `${fuzzer.name}: ${played} seeds from ${first} in ${Math.round(elapsedMs() / 1000)} s, ${failures} failed`,
  );
  return failures === 0;
}

async function problemOf(play: () => Promise<void>): Promise<unknown> {
  try {
    await play();
    return uncaught.splice(0)[0];
  } catch (error) {
    return error ?? new Error('it failed with nothing');
  }
}

/** From now on `npm test` plays it too. */
function keep(name: string, seed: number): void {
  const kept = JSON.parse(readFileSync(keptPath, 'utf8')) as Record<string, number[]>;
  const seeds = [...new Set([...(kept[name] ?? []), seed])].toSorted((one, other) => one - other);
  writeFileSync(keptPath, `${JSON.stringify({ ...kept, [name]: seeds }, undefined, 2)}\n`);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  console.error(`--${name} is "${text}": it must be a number above 0.`);
  return process.exit(2);
}

import { InvalidArgumentError, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { loadCaps, loadDefaults, type LoadOptions } from './load-settings.ts';
import { durationOption, parseDuration, parseRate, parseShare } from './parse-units.ts';
import { parseThreshold, type Threshold } from './threshold.ts';

const help = `
With --rate, runs are started at that rate regardless of the server's speed (open loop). With --runs alone, a run starts
when another has ended, --concurrency at a time (closed loop). Without either, ${loadDefaults.runs} runs are started. Hard limits: ${loadCaps.runs} runs,
${loadCaps.durationMs / 60_000} minutes, ${loadCaps.sockets} concurrent sockets. Ctrl-C ends the test with the report so far, and cancels and deletes its runs.

Thresholds have the form <metric>:<stat><comparison><number>, e.g.
  time_to_first_token:p95<400ms   cancel_to_silence:p99<50ms   lost:count==0   command_round_trip:max<=1s
docs/LOAD.md describes every metric and how it is measured.

Exit codes:
  0    all thresholds met, and all counters that must be 0 are 0
  1    a counter that must be 0 is not, the result is not valid, or an error occurred
  99   a threshold was not met
  130  ended by Ctrl-C`;

/** Runs a command and reports its exit code. */
type Done = (command: (context: CliContext) => Promise<number>) => Promise<void>;

/** Registers the command `load`. */
export function registerLoad(program: Command, done: Done): void {
  const { dropEveryMs, slowBytesPerSecond } = loadDefaults;
  program
    .command('load')
    .description('run a load test and measure what subscribers receive')
    .option('--url <url>', 'the server (default: as for the other commands)')
    .option('--runs <n>', 'number of measured runs', wholeNumber)
    .option('--rate <n/s>', 'starts per second, e.g. 20/s', parseRate)
    .option('--concurrency <n>', 'concurrent runs, without --rate', wholeNumber, loadDefaults.concurrency)
    .option(
      '--subscribers <n>',
      'subscribers per run, each with a socket of its own',
      wholeNumber,
      loadDefaults.subscribers,
    )
    .option('--steer <share>', 'share of runs to steer, e.g. 5%', parseShare, 0)
    .option('--cancel <share>', 'share of runs to cancel, e.g. 5%', parseShare, 0)
    .option('--drop <share>', 'share of subscribers whose socket is destroyed repeatedly', parseShare, 0)
    .addOption(durationOption('--drop-every <time>', 'average lifetime of these sockets', dropEveryMs))
    .option('--slow <share>', 'share of subscribers that read slowly', parseShare, 0)
    .option('--slow-rate <bytes/s>', 'read rate of slow subscribers', wholeNumber, slowBytesPerSecond)
    .option('--model <ref>', 'the model of the runs', loadDefaults.model)
    .addOption(durationOption('--warmup <time>', 'time before the measurement starts', loadDefaults.warmupMs))
    .option('--duration <time>', 'how long to start runs (default: 30s with --rate, else 10m)', parseDuration)
    .addOption(
      durationOption('--drain <time>', 'how long to wait for the last runs after that', loadDefaults.drainMs),
    )
    .option('--seed <n>', 'seed of the random choices', wholeNumber, loadDefaults.seed)
    .option(
      '--threshold <condition>',
      'a condition that the result must meet, see below; may be repeated',
      threshold,
    )
    .option(
      '--json [file]',
      'print only the report, as JSON; with a file, print as usual and write the JSON there',
    )
    .option(
      '--server-pid <pid>',
      'process ID of the server, to measure CPU and memory (default: from the data directory)',
      wholeNumber,
    )
    .option('--keep', 'keep the runs in the log; otherwise they are deleted at the end')
    .option('--leave-runs', 'do not cancel active runs at the end, and keep all runs')
    .option('--allow-remote', 'allow a server that is not on this machine')
    .option('--allow-real-model', 'allow a model that costs money')
    .addHelpText('after', help)
    .action((options: LoadOptions) =>
      done(async (context) => {
        const { commandLoad } = await import('./command-load.ts');
        return await commandLoad(context, options);
      }),
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

function threshold(text: string, before: readonly Threshold[] = []): Threshold[] {
  return [...before, parseThreshold(text)];
}

import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CliContext } from '../terminal/cli-context.ts';
import { append } from '../commands/option-parsers.ts';
import { loadCaps, loadDefaults, type LoadOptions } from './load-settings.ts';
import { durationOption, parseDuration, parseRate, parseShare, parseStage } from './parse-units.ts';
import type { LoadStage } from './pace.ts';
import { isMetricThreshold, parseMetricThreshold, type MetricThreshold } from './metric-threshold.ts';
import { parseThreshold, type Threshold } from './threshold.ts';

const help = `
With --stage, the target changes linearly from stage to stage, beginning at 0; a stage of 0s changes it at once:
  --stage 30s:20/s --stage 1m:20/s    30 seconds from 0 to 20 starts per second, then one minute at 20
  --stage 1m:100                      one minute from 0 to 100 concurrent runs
With --rate, runs are started at that rate regardless of the server's speed (open loop). With --runs alone, a run starts
when another has ended, --concurrency at a time (closed loop). Without either, ${loadDefaults.runs} runs are started. Hard limits: ${loadCaps.runs} runs,
${loadCaps.durationMs / 60_000} minutes, ${loadCaps.sockets} concurrent subscribers. Ctrl-C ends the test with the report so far, and cancels and deletes its runs.

Thresholds have the form <metric>:<stat><comparison><number>, e.g.
  time_to_first_token:p95<400ms   cancel_to_silence:p99<50ms   lost:count==0   command_round_trip:max<=1s
and, of a metric of the server (docs/METRICS.md), <metric>{<label>="<value>"}:<stat><comparison><number>:
  'stagewire_event_loop_delay_seconds{stat="p99"}:max<100ms'   'stagewire_log_failed_flushes_total:increase==0'
docs/LOAD.md describes every metric and how it is measured.

Exit codes:
  0    all thresholds met, and all counters that must be 0 are 0
  1    a counter that must be 0 is not, the result is not valid, a threshold was not judged, or
       an error occurred
  99   a threshold was not met
  130  ended by Ctrl-C`;

/** Runs a command and reports its exit code. */
type Done = (command: (context: CliContext) => Promise<number>) => Promise<void>;

/** Registers the command `load`. */
export function registerLoad(program: Command, done: Done): void {
  const { dropEveryMs, slowBytesPerSecond, feedSubscribers } = loadDefaults;
  program
    .command('load')
    .description('run a load test and measure what subscribers receive')
    .option(
      '--url <url>',
      'the server (default: as for the other commands); repeated: several nodes of one cluster',
      append,
    )
    .option('--runs <n>', 'number of measured runs', wholeNumber)
    .option('--rate <n/s>', 'starts per second, e.g. 20/s', parseRate)
    .option(
      '--concurrency <n>',
      `concurrent runs, without --rate (default: ${loadDefaults.concurrency})`,
      wholeNumber,
    )
    .option(
      '--stage <time:target>',
      'change the rate (20/s) or the number of concurrent runs (50) to this within the time; repeated: one after another',
      stage,
    )
    .option('--stop-at-break', 'start no more runs when a threshold was violated for the first time')
    .option('--scenario <file>', 'the runs and their commands, in a JSON file or a module (.ts, .js)')
    .option(
      '--subscribers <n>',
      'subscribers per run, each with a connection of its own',
      wholeNumber,
      loadDefaults.subscribers,
    )
    .option('--feed-subscribers <n>', 'subscribers of the feed', wholeNumber, feedSubscribers)
    .addOption(
      new Option('--transport <transport>', 'how subscribers receive events')
        .choices(['ws', 'sse', 'auto'])
        .default(loadDefaults.transport),
    )
    .option('--steer <share>', 'share of runs to steer with mode restart, e.g. 5%', parseShare, 0)
    .option('--continue <share>', 'share of runs to steer with mode continue', parseShare, 0)
    .option('--redirect <share>', 'share of runs to redirect to the reviewer', parseShare, 0)
    .option('--cancel <share>', 'share of runs to cancel, e.g. 5%', parseShare, 0)
    .option('--drop <share>', 'share of subscribers whose connection is destroyed repeatedly', parseShare, 0)
    .addOption(durationOption('--drop-every <time>', 'average lifetime of these connections', dropEveryMs))
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
      '--metrics-url <url>',
      'the metrics that thresholds name (default: /metrics of the servers); may be repeated',
      append,
    )
    .option(
      '--json [file]',
      'print only the report, as JSON; with a file, print as usual and write the JSON there',
    )
    .option('--html <file>', 'write the report as a page with plots')
    .option('--junit <file>', 'write the thresholds as a JUnit report')
    .option('--summary <file>', 'append the report as Markdown, e.g. to $GITHUB_STEP_SUMMARY')
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

type AnyThreshold = Threshold | MetricThreshold;

function threshold(text: string, before: readonly AnyThreshold[] = []): AnyThreshold[] {
  return [...before, isMetricThreshold(text) ? parseMetricThreshold(text) : parseThreshold(text)];
}

function stage(text: string, before: readonly LoadStage[] = []): LoadStage[] {
  return [...before, parseStage(text)];
}

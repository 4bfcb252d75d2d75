import { performance } from 'node:perf_hooks';
import { connect } from '@stagewire/client';
import { findLivingServer } from '@stagewire/server/log/data-dir';
import { systemRandom } from '@stagewire/server/runtime/random';
import { dataDirOf, fetchInfo, needServer } from '../terminal/find-server.ts';
import { requireOneCluster } from '../terminal/require-one-cluster.ts';
import { findAddresses, type ServerAddress } from '../terminal/server-address.ts';
import { cleanUp } from '../delete/clean-up.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodeOf, type Interrupt } from '../terminal/interrupts.ts';
import { createForeignCallers } from './foreign-callers.ts';
import { createFeedComparison } from './feed-comparison.ts';
import { addressAt } from './load-address.ts';
import { loadLabels } from './load-run.ts';
import { createLoadDrive, type LoadDrive } from './drive-load.ts';
import { createBreakFinder } from './break-finder.ts';
import { createFeedSubscribers } from './feed-subscribers.ts';
import { openLoadReports } from './load-reports.ts';
import { exitCodeOfReport } from './load-exit-code.ts';
import { machine } from './machine.ts';
import { readScenario } from './read-scenario.ts';
import { requireKnownRoles } from './require-known-roles.ts';
import { createSeries } from './series.ts';
import { jsonOf } from '../terminal/json-report.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { createLoadReport } from './load-report.ts';
import { isLoopbackUrl, readLoadSettings, type LoadOptions } from './load-settings.ts';
import { progressText, reportLines } from './render-load.ts';
import { evaluateMetricThreshold } from './metric-threshold.ts';
import { createMetricsReader } from './metrics-reader.ts';
import { metricsAddresses } from './metrics-addresses.ts';
import { evaluateThreshold } from './threshold.ts';
import { createUsageMonitor } from './usage-monitor.ts';

const progressMs = 500;

/** How often the comparison of feeds resumes each of them at the next address, in milliseconds. */
const feedMoveMs = 3000;

/** How long the feeds may be behind when all runs have ended, in milliseconds. */
const feedSettleMs = 10_000;

/** `load`: runs a load test against a server and reports the measurements. */
export async function commandLoad(context: CliContext, options: LoadOptions): Promise<number> {
  const { screen, clock, paint, interrupts } = context;
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  const reports = await openLoadReports(options, context.cwd);
  const { cwd } = context;
  const scenario =
    options.scenario === undefined
      ? undefined
      : await readScenario(options.scenario, { cwd, defaultModel: options.model });
  const urls = options.url ?? [await needServer(context)];
  const settings = readLoadSettings(urls, options, scenario);
  const nowMs = () => performance.now();
  const found = await findAddresses(context, urls);
  await using opened = new AsyncDisposableStack();
  const addresses = found.map((address) => ({
    ...address,
    control: opened.use(connect({ url: address.url, token: address.token, clientName: 'stagewire-load' })),
  }));
  const [{ url, token, info }] = found;
  if (scenario !== undefined) requireKnownRoles(scenario, info);
  const foreignCallers = opened.use(
    await createForeignCallers({ url, info, control: addressAt(addresses, 0).control }),
  );
  const usage = createUsageMonitor(await serverPid(context, urls, options), { clock, nowMs });
  const started = new Set<string>();
  const ended = new Set<string>();
  const feedErrors: string[] = [];
  const given = options.threshold ?? [];
  const thresholds = given.filter((it) => 'figure' in it);
  const metrics = createMetricsReader({
    addresses: metricsAddresses(given, { found, urls: options.metricsUrl }),
    thresholds: given.filter((it) => 'metric' in it),
    clock,
    onError: () => feedErrors.push('METRICS_UNREADABLE'),
  });
  await metrics.check();
  const breakFinder = createBreakFinder(thresholds);

  const stop = new AbortController();
  const stopStarting = new AbortController();
  let interrupt: Interrupt | undefined;
  interrupts.handle((why) => {
    interrupt = why;
    const left = settings.leaveRuns
      ? 'leaving its runs active'
      : options.keep === true
        ? 'cancelling its runs'
        : 'cancelling and deleting its runs';
    screen.note(
      `Ending the load test and ${left}. Press Ctrl-C again to exit immediately; its runs then continue.`,
    );
    stop.abort();
  });
  try {
    await requireOneCluster(found, { clock, labels: loadLabels, onStart: (runId) => started.add(runId) });
    const feeds = opened.use(
      await createFeedComparison({
        addresses,
        clock,
        labels: loadLabels,
        moveEveryMs: feedMoveMs,
        onError: (code) => feedErrors.push(code),
      }),
    );
    const feedSubscribers = opened.use(
      await createFeedSubscribers({
        addresses,
        count: settings.feedSubscribers,
        transport: settings.transport,
        clock,
        nowMs,
        labels: loadLabels,
        figuresOf: (runId) => drive.figuresOf(runId),
        onError: (code) => feedErrors.push(code),
      }),
    );
    const series = createSeries({
      clock,
      nowMs,
      targetAt: () => drive.target,
      liveRuns: () => drive.liveRuns,
      usage: usage.interval,
      onSecond(second) {
        const violated = breakFinder.add(second);
        if (violated.length > 0 && settings.stopAtBreak) stopStarting.abort();
      },
    });
    const drive = createLoadDrive({
      addresses,
      foreignCallers,
      settings,
      clock,
      nowMs,
      newId: systemRandom.uuid,
      onStart(runId, atMs) {
        started.add(runId);
        feeds.expect(runId);
        feedSubscribers.expect(runId, atMs);
      },
      onEnded: (runId) => ended.add(runId),
      async onMeasuring() {
        await usage.begin();
        metrics.begin();
        series.begin();
      },
      observer: series.observer,
      stopStarting: stopStarting.signal,
    });
    const startedAt = new Date(clock.now()).toISOString();
    const stopProgress = showProgress(context, drive, settings.runs);
    try {
      await drive.run(stop.signal);
    } finally {
      stopProgress();
    }

    drive.figures.count('foreign_accesses', foreignCallers.feedEvents);
    const settleMs = Math.min(settings.drainMs, feedSettleMs);
    if (interrupt === undefined) {
      await Promise.all([feeds.settle(ended, settleMs), feedSubscribers.settle(ended, settleMs)]);
    }
    drive.figures.count('feed_mismatches', feeds.mismatches);
    const samples = await metrics.end();
    for (const code of feedErrors) drive.figures.error(code);
    await series.end();
    const isServerGone =
      interrupt === undefined && drive.figures.counted('errors') > 0 && (await isGone(found));
    const report = createLoadReport({
      startedAt,
      measuredMs: drive.measuredMs,
      addresses: drive.figuresOfAddresses.map((figures, index) => ({
        ...addressAt(found, index),
        figures,
      })),
      machine: machine(),
      settings,
      interrupted: interrupt !== undefined,
      figures: drive.figures,
      thresholds: given.map((it) =>
        'metric' in it ? evaluateMetricThreshold(it, samples) : evaluateThreshold(it, drive.figures),
      ),
      namedByThresholds: new Set(thresholds.map(({ figure }) => figure)),
      breaks: breakFinder.breaks,
      stoppedAtBreak: stopStarting.signal.aborted,
      usage: await usage.end(),
      series: series.points,
      isServerGone,
    });
    const columns = screen.live ? screen.columns : undefined;
    await screen.write(
      reports.isJsonPrinted ? jsonOf(report) : `${reportLines(report, paint, columns).join('\n')}\n`,
    );
    await reports.write(report);
    return interrupt === undefined ? exitCodeOfReport(report) : exitCodeOf(interrupt);
  } finally {
    if (options.keep !== true && !settings.leaveRuns)
      await cleanUp(context, {
        url,
        token,
        runIds: started,
        retryWith: `delete --label source=${loadLabels.source}`,
      });
  }
}

/** Does no address respond any more? */
async function isGone(addresses: readonly ServerAddress[]): Promise<boolean> {
  const found = await Promise.allSettled(addresses.map(({ url, token }) => fetchInfo(url, token)));
  return found.every(({ status }) => status === 'rejected');
}

function showProgress({ screen, clock }: CliContext, drive: LoadDrive, runs: number | undefined): () => void {
  let cancel = () => {};
  const show = () => {
    screen.showStatus(progressText(drive, runs));
    cancel = clock.after(progressMs, show);
  };
  show();
  return () => {
    cancel();
    screen.showStatus(undefined);
  };
}

/** The pid in the server's `server.json`, if that file belongs to this server. */
async function serverPid(
  { env }: CliContext,
  urls: readonly string[],
  { serverPid: given }: LoadOptions,
): Promise<number | undefined> {
  if (given !== undefined) return given;
  const [url = ''] = urls;
  if (urls.length > 1 || !isLoopbackUrl(url)) return undefined;
  const server = await findLivingServer(dataDirOf(env));
  return server !== undefined && URL.parse(server.url)?.port === URL.parse(url)?.port
    ? server.pid
    : undefined;
}

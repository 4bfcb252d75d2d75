import { availableParallelism, cpus, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { connect } from '@stagewire/client';
import { findLivingServer } from '@stagewire/server/log/data-dir';
import { systemRandom } from '@stagewire/server/runtime/random';
import { fetchInfo, dataDirOf, needServer } from '../terminal/find-server.ts';
import { cleanUp } from '../delete/clean-up.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { exitCodeOf, type Interrupt } from '../terminal/interrupts.ts';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { tokenFor } from '../terminal/token-for.ts';
import { createLoadDrive, type LoadDrive } from './drive-load.ts';
import { jsonOf, openJsonReport } from '../terminal/json-report.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { createLoadReport, type LoadReport, type Machine } from './load-report.ts';
import { isLoopbackUrl, readLoadSettings, type LoadOptions } from './load-settings.ts';
import { progressText, reportLines } from './render-load.ts';
import { evaluateThreshold } from './threshold.ts';
import { createUsageMonitor } from './usage-monitor.ts';

/** The exit code that k6 uses for a missed threshold. */
const thresholdMissed = 99;

const progressMs = 500;

/** `load`: runs a load test against a server and reports the measurements. */
export async function commandLoad(context: CliContext, options: LoadOptions): Promise<number> {
  const { screen, clock, paint, interrupts } = context;
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  const json = await openJsonReport(options.json, context.cwd);
  const url = options.url ?? (await needServer(context));
  const settings = readLoadSettings(url, options);
  const nowMs = () => performance.now();
  const token = await tokenFor(context, url);
  const info = await fetchInfo(url, token);
  if (info.you === null) throw wireErrors.UNAUTHENTICATED.missing();
  await using control = connect({ url, token, clientName: 'stagewire-load' });
  const usage = createUsageMonitor(await serverPid(context, url, options), { clock, nowMs });
  const started = new Set<string>();
  const drive = createLoadDrive({
    url,
    token,
    control,
    settings,
    clock,
    nowMs,
    newId: systemRandom.uuid,
    onStart: (runId) => started.add(runId),
    onMeasuring: usage.begin,
  });

  const stop = new AbortController();
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
    const startedAt = new Date(clock.now()).toISOString();
    const stopProgress = showProgress(context, drive, settings.runs);
    try {
      await drive.run(stop.signal);
    } finally {
      stopProgress();
    }

    const thresholds = options.threshold ?? [];
    const report = createLoadReport({
      startedAt,
      measuredMs: drive.measuredMs,
      url,
      info,
      machine: machine(),
      settings,
      interrupted: interrupt !== undefined,
      figures: drive.figures,
      thresholds: thresholds.map((threshold) => evaluateThreshold(threshold, drive.figures)),
      namedByThresholds: new Set(thresholds.map(({ figure }) => figure)),
      usage: await usage.end(),
    });
    await screen.write(json.isPrinted ? jsonOf(report) : `${reportLines(report, paint).join('\n')}\n`);
    await json.write(report);
    return interrupt === undefined ? exitCodeOfReport(report) : exitCodeOf(interrupt);
  } finally {
    if (options.keep !== true && !settings.leaveRuns) await cleanUp(context, { url, token, runIds: started });
  }
}

function exitCodeOfReport({ valid, thresholds, broken }: LoadReport): number {
  const missed = thresholds.filter(({ met }) => !met);
  // Counters are valid even if the generator was saturated.
  if (missed.some(({ unit }) => unit === 'count')) return thresholdMissed;
  if (!valid) return exitCodes.failed;
  if (missed.length > 0) return thresholdMissed;
  return broken.length > 0 ? exitCodes.failed : exitCodes.done;
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
  url: string,
  { serverPid: given }: LoadOptions,
): Promise<number | undefined> {
  if (given !== undefined) return given;
  if (!isLoopbackUrl(url)) return undefined;
  const server = await findLivingServer(dataDirOf(env));
  return server !== undefined && URL.parse(server.url)?.port === URL.parse(url)?.port
    ? server.pid
    : undefined;
}

function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}

import type { ServerInfo } from '@stagewire/client';
import { cleanUp } from '../delete/clean-up.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { exitCodeOf } from '../terminal/interrupts.ts';
import { stopOnInterrupt } from '../terminal/stop-on-interrupt.ts';
import { requireOneCluster } from '../terminal/require-one-cluster.ts';
import { findAddresses } from '../terminal/server-address.ts';
import { jsonOf, openJsonReport } from '../terminal/json-report.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { chooseChecks, type NumberedCheck } from './all-checks.ts';
import { createVerifyContext } from './create-verify-context.ts';
import { resultLines, verdictLine } from './render-verify.ts';
import { verify, type CheckResult } from './verify.ts';
import type { VerifyContext } from './verify-kit.ts';

export interface VerifyCommandOptions {
  /** One for each node. */
  readonly url?: readonly string[];
  readonly only?: readonly string[];
  readonly json?: string | boolean;
  readonly slow?: boolean;
  readonly patience: number;
  /** Do not delete the runs that the checks have started. */
  readonly keep?: boolean;
}

/** The JSON report of `--json`. */
export interface VerifyReport {
  readonly reportVersion: 1;
  readonly startedAt: string;
  /** Of the first node. */
  readonly url: string;
  /** Of all nodes. */
  readonly urls: readonly string[];
  readonly server: { readonly version: string; readonly protocolVersion: number };
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly interrupted: boolean;
  /** Runs that the checks have started, and how many of them were deleted afterwards. */
  readonly runs: { readonly started: number; readonly deleted: number };
  readonly checks: readonly CheckResult[];
}

/** `verify`: checks a server against the rules of PROTOCOL.md that can be observed from outside. */
export async function commandVerify(context: CliContext, options: VerifyCommandOptions): Promise<number> {
  const { screen, paint, clock, interrupts } = context;
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  const checks = chosen(options.only ?? []);
  const json = await openJsonReport(options.json, context.cwd);
  const addresses = await findAddresses(context, options.url);
  const [{ url, token }, ...others] = addresses;
  const otherUrls = others.map((address) => address.url);
  const bench = await createVerifyContext({ url, otherUrls, token, clock, patienceMs: options.patience });
  const { info } = bench;

  const stopping = stopOnInterrupt(interrupts);
  const startedAt = new Date(clock.now()).toISOString();
  const isKept = () => options.keep === true || bench.started.size === 0;
  let results: readonly CheckResult[];
  let deleted = 0;
  try {
    await refuseWithoutRehearsal(bench);
    await requireOneCluster(addresses, {
      clock,
      runId: `${bench.runIdPrefix}${bench.random.uuid()}`,
      onStart: (runId) => bench.started.add(runId),
    });
    results = await verify(bench, {
      checks,
      slow: options.slow === true,
      signal: stopping.signal,
      async onResult(result) {
        if (json.isPrinted) return;
        await screen.write(`${resultLines(result, paint).join('\n')}\n`);
      },
    });
  } finally {
    // Also after an error: the checks have started the runs for their own purposes.
    if (!isKept()) {
      const { started, runIdPrefix } = bench;
      ({ deleted } = await cleanUp(context, {
        url,
        token,
        runIds: started,
        prefix: runIdPrefix,
        retryWith: 'delete --verify',
      }));
    }
  }
  const report = reportOf(results, {
    startedAt,
    url,
    urls: bench.urls,
    info,
    interrupted: stopping.interrupt !== undefined,
    runs: { started: bench.started.size, deleted },
  });
  await screen.write(json.isPrinted ? jsonOf(report) : `\n${verdictLine(results, paint)}\n`);
  await json.write(report);
  if (stopping.interrupt !== undefined) return exitCodeOf(stopping.interrupt);
  return report.failed === 0 ? exitCodes.done : exitCodes.failed;
}

function chosen(words: readonly string[]): readonly NumberedCheck[] {
  const checks = chooseChecks(words);
  const unknown = words.find((word) => chooseChecks([word]).length === 0);
  if (unknown === undefined) return checks;
  throw new CliProblem(
    `Unknown check "${unknown}" in --only. Expected the number of a check, a rule (D7), or the letter of ` +
      'a group (D).',
  );
}

/** All runs use the simulated model, so that the checks cost nothing. */
async function refuseWithoutRehearsal({ http, random, runIdPrefix }: VerifyContext): Promise<void> {
  const runId = `${runIdPrefix}${random.uuid()}`;
  const models = { default: 'rehearsal/ttft=0,tps=0,chars=10,reasoning=0' };
  const input = {
    runId,
    task: 'Check that rehearsal is available.',
    models,
    pipeline: { roles: ['documenter'] },
  };
  const { status, text } = await http.post('runs.start', input);
  if (status === 200) return;
  throw new CliProblem(
    `This server rejects the model "rehearsal" (HTTP ${status}: ${text.slice(0, 200)}). With any other model the ` +
      'checks would cost money. Use a server that accepts it.',
  );
}

function reportOf(
  results: readonly CheckResult[],
  {
    info,
    ...rest
  }: Pick<VerifyReport, 'startedAt' | 'url' | 'urls' | 'interrupted' | 'runs'> & {
    readonly info: ServerInfo;
  },
): VerifyReport {
  const count = (outcome: CheckResult['outcome']) => results.filter((it) => it.outcome === outcome).length;
  return {
    reportVersion: 1,
    ...rest,
    server: { version: info.version, protocolVersion: info.protocolVersion },
    passed: count('pass'),
    failed: count('fail'),
    skipped: count('skip'),
    checks: results,
  };
}

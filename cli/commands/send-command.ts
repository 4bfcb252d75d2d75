import type {
  AcceptedCommand,
  CommandOutcome,
  Expect,
  Receipt,
  Run,
  RunState,
  Stagewire,
} from '@stagewire/client';
import type { Clock } from '@stagewire/server/runtime/clock';
import { defaultSteerMode, expectOf, targetOf } from '@stagewire/shared';
import { chooseRun } from './choose-run.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { unknownRole } from '../terminal/unknown-role.ts';
import { exitCodeOf } from '../terminal/interrupts.ts';
import type { Interrupt } from '../terminal/interrupts.ts';
import { jsonLine } from '../render/json-line.ts';
import { outcomeText, targetText } from '../render/render-command.ts';
import type { CommandSummary } from '../render/render-command.ts';

/** The options that steer, redirect and cancel share. */
export interface CommandOptions {
  readonly run?: string;
  /** @default the stage that is current when the command starts */
  readonly expect?: Expect;
  /** False: do not wait for the outcome. */
  readonly wait: boolean;
  /** Print the result as one line of JSON. */
  readonly json?: boolean;
}

/** The JSON document of steer, redirect and cancel with `--json`. */
export interface CommandReport {
  readonly runId: string;
  readonly receipt: Receipt;
  /** Absent if the command did not wait for it, or the wait ended without it. */
  readonly outcome?: CommandOutcome;
}

/** What differs between the three commands. */
interface CommandCall {
  /** Rejects before anything is sent. @default checks nothing */
  check?(client: Stagewire): Promise<void>;
  readonly summary: CommandSummary;
  send(run: Run, expect: Expect | undefined, state: RunState): Promise<AcceptedCommand>;
}

export type SteerOptions = CommandOptions & {
  /** @default `continue`, or `restart` without a draft, before the first stage and in a stage that writes JSON */
  readonly mode?: 'restart' | 'continue' | 'next';
  readonly scope?: 'stage' | 'run';
  readonly dropDraft?: boolean;
};

/** `steer`: gives the model an instruction. */
export function commandSteer(context: CliContext, text: string, options: SteerOptions): Promise<number> {
  const { mode, scope, dropDraft } = options;
  return sendCommand(context, options, {
    summary: { kind: 'steer' },
    send: (run, expect, state) =>
      run.steer(text, {
        mode: mode ?? (dropDraft === true ? 'restart' : defaultSteerMode(targetOf(state), state)),
        scope,
        ...(dropDraft === true && { draft: 'drop' as const }),
        expect,
      }),
  });
}

/** `redirect`: ends the current stage and goes to another role. */
export function commandRedirect(
  context: CliContext,
  { to, text }: { readonly to: string; readonly text: string | undefined },
  options: CommandOptions,
): Promise<number> {
  return sendCommand(context, options, {
    // Also of a run that has ended, which the server would reject for that alone.
    check: async (client) => {
      const problem = unknownRole(to, await client.info());
      if (problem !== undefined) throw new CliProblem(`redirect: ${problem} Nothing was changed.`, 'USAGE');
    },
    summary: { kind: 'redirect', to },
    send: (run, expect) => run.redirect(to, { text, expect }),
  });
}

export type CancelOptions = CommandOptions & { readonly stage?: boolean; readonly reason?: string };

/** `cancel`: ends the run, or its current stage only. */
export function commandCancel(context: CliContext, options: CancelOptions): Promise<number> {
  const target = options.stage === true ? 'stage' : 'run';
  return sendCommand(context, options, {
    summary: { kind: 'cancel', target },
    // Cancelling a run applies in every stage.
    send: (run, expect) =>
      run.cancel({ target, reason: options.reason, expect: target === 'run' ? options.expect : expect }),
  });
}

async function sendCommand(
  context: CliContext,
  options: CommandOptions,
  { check, summary, send }: CommandCall,
): Promise<number> {
  const { screen, paint, interrupts, clock } = context;
  await using client = await connectTo(context);
  await check?.(client);
  const run = client.run(await chooseRun(client, options.run));
  const state = await run.snapshot();
  // The default of `--expect` is the stage that is current now.
  const expect = options.expect ?? expectOf(targetOf(state), state);
  const { receipt, outcome } = await send(run, expect, state);
  const report = async (more: Pick<CommandReport, 'outcome'> = {}) => {
    const document: CommandReport = { runId: run.id, receipt, ...more };
    if (options.json === true) await screen.write(`${jsonLine(document)}\n`);
  };
  if (options.json !== true) await screen.write(`${run.id}: accepted for ${targetText(receipt.target)}\n`);
  if (!options.wait) {
    await report();
    return exitCodes.done;
  }

  const interrupted = Promise.withResolvers<Interrupt>();
  interrupts.handle(interrupted.resolve);
  const result = await Promise.race([outcome, interrupted.promise, serverGone(client, clock)]);
  if (typeof result === 'string') await report();
  if (result === 'server-gone') {
    screen.note(
      'The command was accepted, but the server stopped before it reported the outcome. ' +
        `To show the outcome after a restart of the server: ${commandName} watch ${run.id}`,
    );
    return exitCodes.failed;
  }
  if (typeof result === 'string') {
    screen.note('Stopped waiting for the outcome. The command was accepted and may still be applied.');
    return exitCodeOf(result);
  }
  await report({ outcome: result });
  const text = outcomeText(summary, result);
  const shown = `${paint(result.status === 'applied' ? 'green' : 'yellow', text)}\n`;
  if (options.json !== true) await screen.write(shown);
  return result.status === 'applied' ? exitCodes.done : exitCodes.dropped;
}

/** How long the connection must be down until the server counts as stopped, in milliseconds. */
const goneAfterMs = 5000;

/** Resolves when the socket has been lost, or could not be opened, for that long. */
function serverGone(client: Stagewire, clock: Clock): Promise<'server-gone'> {
  return new Promise((resolve) => {
    let cancel: (() => void) | undefined;
    client.onConnection(({ status }) => {
      if (status === 'lost' || status === 'connecting') {
        cancel ??= clock.after(goneAfterMs, () => resolve('server-gone'));
      } else {
        cancel?.();
        cancel = undefined;
      }
    });
  });
}

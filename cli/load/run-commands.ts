import { isDeepStrictEqual } from 'node:util';
import { isDelta, isTransient, type RunEvent } from '@stagewire/shared';
import type { AcceptedCommand, Run } from '@stagewire/client';
import { addressAt } from './load-address.ts';
import { codeOf } from './code-of.ts';
import type { CounterName } from './figures.ts';
import type { LoadContext } from './load-context.ts';
import type { RunPlan } from './plan-runs.ts';
import type { CommandToSend } from './scenario.ts';
import type { RunTimestamps } from './subscriber.ts';

export interface RunCommandsOptions {
  readonly runId: string;
  readonly plan: RunPlan;
  readonly timestamps: RunTimestamps;
}

/** The commands of a plan, each sent once at its time. */
export interface RunCommands {
  /** Call it with each event that the first subscriber receives. */
  onEvent(event: RunEvent): void;
  /** Sends no more commands, waits for the outcomes of the others, and counts them. */
  settle(): Promise<void>;
}

type Outcome = Extract<
  CounterName,
  'steers_applied' | 'steers_dropped' | 'redirects_applied' | 'redirects_dropped' | 'commands_too_late'
>;

/** The server rejects a command with these codes because of the state of the run: a scenario may provoke them. */
const rejections: ReadonlySet<string> = new Set([
  'STAGE_MISMATCH',
  'ILLEGAL_TARGET',
  'LIMIT_REACHED',
  'TOO_MANY_PENDING',
]);

export function createRunCommands(
  { nowMs, newId, addresses, clock }: LoadContext,
  { runId, plan, timestamps }: RunCommandsOptions,
): RunCommands {
  // Not where the run was started, if there is another address.
  const address = addressAt(addresses, plan.number + 1);
  const { figures } = address;
  const run = address.control.run(runId);
  const outcomes: Promise<Outcome | undefined>[] = [];
  const repetitions: Promise<void>[] = [];
  const cancelTimers: (() => void)[] = [];
  let messages = 0;
  let isSettled = false;

  const timed = async (
    send: (run: Run) => Promise<AcceptedCommand>,
  ): Promise<AcceptedCommand | 'too late' | undefined> => {
    const sentAtMs = nowMs();
    try {
      const accepted = await send(run);
      figures.trends.command_round_trip.record(nowMs() - sentAtMs);
      if (addresses.length > 1) repetitions.push(repeat(accepted, send));
      return accepted;
    } catch (error) {
      const code = codeOf(error);
      // Not an error: the run ended before the command arrived.
      if (code === 'RUN_ENDED') return 'too late';
      if (rejections.has(code)) figures.rejected(code);
      else figures.error(code, error);
      return undefined;
    }
  };
  /** The same command at another address must have the same receipt and the same outcome. */
  const repeat = async (
    first: AcceptedCommand,
    send: (run: Run) => Promise<AcceptedCommand>,
  ): Promise<void> => {
    const other = addressAt(addresses, plan.number + 2);
    try {
      const again = await send(other.control.run(runId));
      const isSame =
        isDeepStrictEqual(again.receipt, first.receipt) &&
        isDeepStrictEqual(await again.outcome, await first.outcome);
      if (!isSame) other.figures.count('receipt_mismatches');
    } catch (error) {
      other.figures.error(codeOf(error), error);
    }
  };
  const send = async (command: CommandToSend): Promise<Outcome | undefined> => {
    const commandId = newId();
    timestamps.commands.set(commandId, { kind: kindOf(command), sentAtMs: nowMs() });
    const accepted = await timed((at) => sendOf(at, command, commandId));
    if (accepted === 'too late') return 'commands_too_late';
    const { kind } = command;
    if (kind === 'cancel') return undefined;
    const outcome = await accepted?.outcome.catch(() => undefined);
    if (outcome === undefined) return undefined;
    return `${kind}s_${outcome.status}`;
  };
  const sendAfter = (delayMs: number, command: CommandToSend) => {
    cancelTimers.push(clock.after(delayMs, () => void outcomes.push(send(command))));
  };
  const stagesSeen = new Set<number>();

  for (const { at, send: command } of plan.commands) {
    if ('afterMs' in at && at.stage === undefined) sendAfter(at.afterMs, command);
  }
  return {
    onEvent(event) {
      if (isSettled || isTransient(event)) return;
      if (event.type === 'stage.started' && !stagesSeen.has(event.stage)) {
        stagesSeen.add(event.stage);
        for (const { at, send: command } of plan.commands) {
          if ('afterMs' in at && at.stage === event.stage) sendAfter(at.afterMs, command);
        }
      }
      if (!isDelta(event)) return;
      // A message of merged text counts as what it is merged from: a busy server sends few of them, but as much text.
      const before = messages;
      messages += event.seq - (event.firstSeq ?? event.seq) + 1;
      for (const { at, send: command } of plan.commands) {
        if ('afterMessages' in at && at.afterMessages > before && at.afterMessages <= messages)
          outcomes.push(send(command));
      }
    },
    async settle() {
      isSettled = true;
      for (const cancel of cancelTimers) cancel();
      const neverSent = plan.commands.length - outcomes.length;
      figures.count('commands_too_late', neverSent);
      for (const outcome of await Promise.all(outcomes)) if (outcome !== undefined) figures.count(outcome);
      await Promise.all(repetitions);
    },
  };
}

/** `undefined`: its effect is not measured. */
function kindOf(command: CommandToSend): 'steer' | 'redirect' | 'cancel' | undefined {
  if (command.kind === 'redirect') return 'redirect';
  // Of mode `next` nothing is aborted, and a cancelled stage is followed by the next one.
  if (command.kind === 'steer') return command.mode === 'next' ? undefined : 'steer';
  return command.target === 'run' ? 'cancel' : undefined;
}

function sendOf(run: Run, command: CommandToSend, commandId: string): Promise<AcceptedCommand> {
  switch (command.kind) {
    case 'steer':
      return run.steer(command.text, { commandId, mode: command.mode, expect: 'any' });
    case 'redirect':
      return run.redirect(command.to, { commandId, expect: 'any' });
    case 'cancel':
      return run.cancel({ commandId, target: command.target, reason: 'load test', expect: 'any' });
    default:
      return command satisfies never;
  }
}

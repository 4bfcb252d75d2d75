import type { Command, CommandState } from '@stagewire/shared';

type Pending<Kind extends Command['kind']> = CommandState & {
  readonly command: Extract<Command, { kind: Kind }>;
};

/** The net effect of the pending commands. */
export type Resolution =
  /** The first cancel of the run takes precedence over everything. */
  | {
      readonly by: 'cancel-run';
      readonly winner: Pending<'cancel'>;
      readonly others: readonly CommandState[];
    }
  /** The last of redirect and cancel stage wins. */
  | ({ readonly by: 'redirect'; readonly winner: Pending<'redirect'> } & Rest)
  | ({ readonly by: 'cancel-stage'; readonly winner: Pending<'cancel'> } & Rest)
  /** All steers that act on this stage. */
  | { readonly by: 'steer'; readonly steers: readonly CommandState[]; readonly restart: boolean }
  /** Nothing acts on this stage: the pending commands are steers for the next one. */
  | { readonly by: 'nothing' };

interface Rest {
  /** Steers that enter the next stage's prompt. */
  readonly carried: readonly CommandState[];
  readonly superseded: readonly CommandState[];
}

/** Does a pending command end the open attempt? Then its model call is aborted. */
export function interrupts(pending: readonly CommandState[]): boolean {
  return pending.some(({ command }) => command.kind !== 'steer' || command.mode !== 'next');
}

/** Resolves the pending commands, which are in the order of their acceptance. Pure. */
export function resolveCommands(pending: readonly CommandState[]): Resolution {
  const cancelRun = pending.find(isCancelOfRun);
  if (cancelRun !== undefined) {
    return { by: 'cancel-run', winner: cancelRun, others: pending.filter((other) => other !== cancelRun) };
  }
  const winner = pending.findLast((one) => isOf('redirect', one) || isOf('cancel', one));
  if (winner !== undefined) {
    const carried = pending.filter(outlivesStage);
    const superseded = pending.filter((other) => other !== winner && !carried.includes(other));
    return isOf('redirect', winner)
      ? { by: 'redirect', winner, carried, superseded }
      : { by: 'cancel-stage', winner, carried, superseded };
  }
  const steers = pending.filter(({ command }) => command.kind === 'steer' && command.mode !== 'next');
  if (steers.length === 0) return { by: 'nothing' };
  const restart = steers.some(({ command }) => command.kind === 'steer' && command.mode === 'restart');
  return { by: 'steer', steers, restart };
}

function isOf<Kind extends Command['kind']>(kind: Kind, one: CommandState): one is Pending<Kind> {
  return one.command.kind === kind;
}

function isCancelOfRun(one: CommandState): one is Pending<'cancel'> {
  return one.command.kind === 'cancel' && one.command.target === 'run';
}

function outlivesStage({ command }: CommandState): boolean {
  return command.kind === 'steer' && (command.mode === 'next' || command.scope === 'run');
}

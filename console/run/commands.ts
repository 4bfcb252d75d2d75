import type { Command, CommandState, RunState } from '@stagewire/client';
import type { PendingCommand } from '@stagewire/client/react';

export type SteerMode = 'restart' | 'continue' | 'next';

/** A command as a person sees it, whoever sent it. */
export interface ShownCommand {
  readonly commandId: string;
  readonly command: Command;
  /** In milliseconds since the Unix epoch. */
  readonly at: number;
  readonly own: boolean;
  readonly actor: string;
  readonly outcome:
    | { readonly status: 'sending' | 'accepted' }
    | { readonly status: 'applied'; readonly stage: number | null; readonly attempt: number | null }
    | { readonly status: 'dropped'; readonly reason: string }
    | { readonly status: 'refused' | 'unknown'; readonly error: Error };
}

/** The commands of a run and, behind them, those of this page that its events do not tell of yet. */
export function shownCommands(
  state: RunState | undefined,
  pending: readonly PendingCommand[],
  isOwn: (commandId: string) => boolean,
): readonly ShownCommand[] {
  return [
    ...(state?.commands ?? []).map((it) => recordedCommand(it, isOwn(it.commandId))),
    ...pending.map(unrecordedCommand),
  ];
}

function recordedCommand(it: CommandState, own: boolean): ShownCommand {
  const { commandId, actor, command } = it;
  const common = { commandId, command, at: Date.parse(it.at), own, actor: actor.name ?? actor.id };
  switch (it.status) {
    case 'accepted':
      return { ...common, outcome: { status: 'accepted' } };
    case 'applied':
      return { ...common, outcome: { status: 'applied', stage: null, attempt: null, ...it.appliedTo } };
    case 'dropped':
      return { ...common, outcome: { status: 'dropped', reason: it.reason ?? '' } };
    default:
      return it.status satisfies never;
  }
}

function unrecordedCommand({ commandId, command, sentAt, status, error }: PendingCommand): ShownCommand {
  const common = { commandId, command, at: sentAt, own: true, actor: 'you' };
  return status === 'refused' || status === 'unknown'
    ? { ...common, outcome: { status, error: error ?? new Error('There was no reason given.') } }
    : { ...common, outcome: { status } };
}

export function textOf(command: Command): string {
  return (command.kind === 'cancel' ? command.reason : command.text) ?? '';
}

/** What a command does, in few words. */
export function titleOf(command: Command): string {
  switch (command.kind) {
    case 'steer':
      return `Steer (${command.mode}${command.draft === 'drop' ? ', without the draft' : ''})`;
    case 'redirect':
      return `Redirect to ${command.to}`;
    case 'cancel':
      return command.target === 'run' ? 'Cancel run' : 'Cancel stage';
    default:
      return command satisfies never;
  }
}

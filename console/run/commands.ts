import type { Command, CommandState, RunState } from '@stagewire/client';
import type { PendingCommand } from '@stagewire/client/react';
import { capitalized } from '../shell/labels.ts';

export type SteerMode = 'restart' | 'continue' | 'next';

/** A command as the console shows it, of this tab or of others. */
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

/** The commands of a run, followed by those of this page that are not in its events yet. */
export function shownCommands(
  state: RunState | undefined,
  pending: readonly PendingCommand[],
  isOwn: (commandId: string) => boolean,
): readonly ShownCommand[] {
  return [
    ...(state?.commands ?? []).map((it) => loggedCommand(it, isOwn(it.commandId))),
    ...pending.map(pendingCommand),
  ];
}

function loggedCommand(it: CommandState, own: boolean): ShownCommand {
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

function pendingCommand({ commandId, command, sentAt, status, error }: PendingCommand): ShownCommand {
  const common = { commandId, command, at: sentAt, own: true, actor: 'You' };
  return status === 'refused' || status === 'unknown'
    ? { ...common, outcome: { status, error: error ?? new Error('No reason given.') } }
    : { ...common, outcome: { status } };
}

export function textOf(command: Command): string {
  return (command.kind === 'cancel' ? command.reason : command.text) ?? '';
}

/** A short title for a command. */
export function titleOf(command: Command): string {
  switch (command.kind) {
    case 'steer':
      return `Steer (${command.mode === 'next' ? 'next stage' : command.mode}${command.draft === 'drop' ? ', without draft' : ''})`;
    case 'redirect':
      return `Redirect to ${capitalized(command.to)}`;
    case 'cancel':
      return command.target === 'run' ? 'Cancel run' : 'Cancel stage';
    default:
      return command satisfies never;
  }
}

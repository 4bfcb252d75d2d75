import { useMemo } from 'react';
import { randomCommandId } from '@stagewire/client';
import type { AttemptTarget } from '@stagewire/client';
import type {
  RunCancelOptions,
  RunCommands,
  RunRedirectOptions,
  RunSteerOptions,
} from '@stagewire/client/react';
import type { ShownCommand } from './commands.ts';
import type { OwnCommands } from './own-commands.ts';

export interface OwnRunCommands extends Pick<RunCommands, 'resend' | 'dismiss'> {
  steer(text: string, options: RunSteerOptions): void;
  redirect(to: string, options: RunRedirectOptions): void;
  cancel(options: RunCancelOptions): void;
  /** Sends a rejected command again with another target, and dismisses the rejected one. */
  retarget(shown: ShownCommand, target: AttemptTarget): void;
}

/** A run's commands. Each is registered as sent by this tab; its outcome appears in the command list. */
export function useOwnRunCommands(run: RunCommands, own: OwnCommands): OwnRunCommands {
  const { steer, redirect, cancel, resend, dismiss } = run;
  return useMemo(() => {
    const commandId = () => {
      const id = randomCommandId();
      own.add(id);
      return id;
    };
    const commands: OwnRunCommands = {
      steer: (text, options) => void steer(text, { ...options, commandId: commandId() }),
      redirect: (to, options) => void redirect(to, { ...options, commandId: commandId() }),
      cancel: (options) => void cancel({ ...options, commandId: commandId() }),
      retarget(shown, expect) {
        const { command } = shown;
        dismiss(shown.commandId);
        if (command.kind === 'steer') {
          const { mode, scope, draft } = command;
          commands.steer(command.text, { mode, scope, draft, expect });
        } else if (command.kind === 'redirect') {
          commands.redirect(command.to, { expect, text: command.text });
        } else {
          commands.cancel({ target: command.target, expect, reason: command.reason });
        }
      },
      resend,
      dismiss,
    };
    return commands;
  }, [steer, redirect, cancel, resend, dismiss, own]);
}

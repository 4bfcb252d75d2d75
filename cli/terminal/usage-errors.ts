import type { Command } from 'commander';
import { jsonLine } from '../render/json-line.ts';
import { commandName } from './cli-problem.ts';

/** How every command reports wrong options and arguments: with the command that lists them, or as JSON. */
export function configureUsageErrors(program: Command, { json }: { readonly json: boolean }): void {
  configure(program, commandName);

  function configure(command: Command, path: string): void {
    for (const nested of command.commands) configure(nested, `${path} ${nested.name()}`);
    command.showHelpAfterError(json ? false : `See ${path} --help.`);
    if (!json) return;
    command.configureOutput({
      outputError(text, write) {
        const message = text.trim().replace(/^error: /, '');
        write(`${jsonLine({ error: { code: 'USAGE', message } })}\n`);
      },
    });
  }
}

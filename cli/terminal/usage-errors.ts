import type { Command } from 'commander';
import { jsonLine } from '../render/json-line.ts';
import { commandName } from './cli-problem.ts';

/** How every command reports wrong options and arguments: with the command that lists them, or as JSON. */
export function configureUsageErrors(program: Command, { json }: { readonly json: boolean }): void {
  for (const command of [program, ...program.commands]) {
    const path = command === program ? commandName : `${commandName} ${command.name()}`;
    command.showHelpAfterError(json ? false : `See ${path} --help.`);
    if (!json) continue;
    command.configureOutput({
      outputError(text, write) {
        const message = text.trim().replace(/^error: /, '');
        write(`${jsonLine({ error: { code: 'USAGE', message } })}\n`);
      },
    });
  }
}

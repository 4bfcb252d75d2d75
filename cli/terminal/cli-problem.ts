import { commandNameOf } from './command-name.ts';

/** An error that the user can fix. Its message has the problem, the cause and the next step. */
export class CliProblem extends Error {
  override readonly name = 'CliProblem';
}

/** How the commands are called; messages that name a command use it. */
export const commandName = commandNameOf({
  moduleUrl: import.meta.url,
  env: process.env,
  program: process.argv[1],
  cwd: process.cwd(),
});

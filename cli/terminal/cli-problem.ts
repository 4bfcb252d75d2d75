import { commandNameOf } from './command-name.ts';

/** What kind of problem it is, for programs that read the errors of `--json`. */
export type CliProblemCode =
  | 'USAGE'
  | 'NO_SERVER'
  | 'NO_RUN'
  | 'NO_FILE'
  | 'INPUT_UNREADABLE'
  | 'FILES_CONFLICT'
  | 'FOLDER_UNUSABLE'
  | 'WRITE_FAILED'
  | 'CONFIG_INVALID'
  | 'PROBLEM';

/** An error that the user can fix. Its message has the problem, the cause and the next step. */
export class CliProblem extends Error {
  override readonly name = 'CliProblem';

  /** For programs; `PROBLEM` if nothing more is known. */
  readonly code: CliProblemCode;

  constructor(message: string, code: CliProblemCode = 'PROBLEM') {
    super(message);
    this.code = code;
  }
}

/** How the commands are called; messages that name a command use it. */
export const commandName = commandNameOf({
  moduleUrl: import.meta.url,
  env: process.env,
  program: process.argv[1],
  cwd: process.cwd(),
});

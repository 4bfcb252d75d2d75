import { commandNameOf } from './command-name.ts';

/** Something that a person has to put right. Its message says what happened, why, and what to do next. */
export class CliProblem extends Error {
  override readonly name = 'CliProblem';
}

/** How these commands are typed, by the way in which this one was, for sentences that say what to do next. */
export const commandName = commandNameOf({ moduleUrl: import.meta.url, env: process.env });

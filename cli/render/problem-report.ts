import { StagewireClientError, StagewireError } from '@stagewire/client';
import { CliProblem } from '../terminal/cli-problem.ts';
import { problemText } from './render-problem.ts';

/** The JSON of an error, which every command with `--json` writes to standard error as one line. */
export interface ProblemReport {
  readonly error: {
    /** An error code of the protocol or of the client, `USAGE`, or another code of the command line. */
    readonly code: string;
    /** For a person; its words may change. */
    readonly message: string;
    /** The details of an error of the protocol or of the client. Absent if it has none. */
    readonly details?: unknown;
  };
}

export function problemReport(error: unknown): ProblemReport {
  const details =
    error instanceof StagewireError || error instanceof StagewireClientError ? error.details : undefined;
  return {
    error: { code: codeOf(error), message: problemText(error), ...(details !== undefined && { details }) },
  };
}

function codeOf(error: unknown): string {
  if (error instanceof CliProblem) return error.code;
  if (error instanceof StagewireError || error instanceof StagewireClientError) return error.code;
  return error instanceof Error && error.name === 'ConfigError' ? 'CONFIG_INVALID' : 'UNEXPECTED';
}

/** Whether the arguments of a command request JSON: they may be invalid otherwise. */
export function requestsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const given = args.slice(0, end === -1 ? undefined : end);
  const at = given.indexOf('--json');
  // With a file for the report, these two print as usual.
  const mayNameFile = given.includes('load') || given.includes('verify');
  const next = given[at + 1];
  return at !== -1 && !(mayNameFile && next !== undefined && !next.startsWith('-'));
}

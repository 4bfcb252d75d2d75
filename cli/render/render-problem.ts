import { StagewireClientError, StagewireError, type InputIssue } from '@stagewire/client';
import { cleanText } from './clean-text.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { reasonIn, whyUnreached } from '../terminal/why-unreached.ts';

/** What went wrong, for a person: what, why, and what to do next. Never a stack. */
export function problemText(error: unknown): string {
  if (error instanceof CliProblem) return cleanText(error.message);
  if (error instanceof StagewireError) return cleanText(rejectionText(error));
  if (error instanceof StagewireClientError) return cleanText(clientText(error));
  const said = error instanceof Error ? error.message : String(error);
  // The only other ones with a sentence of their own are about the configuration.
  if (error instanceof Error && error.name === 'ConfigError') return cleanText(said);
  return cleanText(`Unexpected error in Stagewire. Please report it: ${said}`);
}

/** The server's message as it is, and advice by code and details: the words of a message may change at any time. */
function rejectionText(error: StagewireError): string {
  const { message } = error;
  switch (error.code) {
    case 'RUN_NOT_FOUND':
    case 'RUN_EXPIRED':
      return `${message} "${commandName} list" shows the runs of the server.`;
    case 'ATTEMPT_NOT_FOUND':
      return `${message} "${commandName} watch ${error.details.runId}" shows its stages and attempts.`;
    case 'RUN_UNREADABLE':
      return `${message} Stop the server and run "${commandName} check" in its working directory for details.`;
    case 'RUN_ENDED':
      return `${message} Nothing was changed. "${commandName} run" starts another run.`;
    case 'RUN_NOT_ENDED':
      return `${message} Nothing was changed. Wait until it has ended, or cancel it: "${commandName} cancel".`;
    case 'STAGE_MISMATCH':
      return (
        `${message} Nothing was changed. Check the current state of the run and retry, ` +
        'with --expect any if the stage does not matter.'
      );
    case 'ILLEGAL_TARGET': {
      const advice =
        error.details.reason === 'unknown_role'
          ? ` "${commandName} info" lists the roles of the server.`
          : '';
      return `${message} Nothing was changed.${advice}`;
    }
    case 'LIMIT_REACHED':
    case 'TOO_MANY_PENDING':
    case 'COMMAND_ID_CONFLICT':
    case 'RUN_ID_CONFLICT':
    case 'KEY_ID_CONFLICT':
    case 'SHARING_UNAVAILABLE':
    case 'TOO_MANY_SHARES':
      return `${message} Nothing was changed.`;
    case 'INVALID_INPUT':
    case 'TOO_LARGE': {
      const issues = error.details?.issues;
      return `${issues === undefined ? message : issuesText(issues)} Nothing was started or changed.`;
    }
    case 'PROTOCOL_MISMATCH':
      return `${message} Use the CLI of the same version as the server.`;
    case 'KEY_NOT_FOUND':
      return `${message} Nothing was changed. "${commandName} keys list" shows the keys.`;
    case 'SHARE_NOT_FOUND':
      return `${message} Nothing was changed. "${commandName} share ${error.details.runId} --list" shows its links.`;
    case 'UNAUTHENTICATED':
      return `${message} Sign in with "${commandName} login", or set STAGEWIRE_TOKEN to an access key.`;
    case 'FORBIDDEN':
      // Where the protocol names a field, a person has a word.
      return `${message.replaceAll('you.owners', 'your owners')} "${commandName} info" shows what you may do; the operator of the server can give you another key.`;
    case 'CURSOR_INVALID':
      return `The server has lost events that were shown, as after a restore of its database. Run "${commandName} watch" to see the run as it is now.`;
    case 'UNKNOWN_PROCEDURE':
    case 'RATE_LIMITED':
    case 'OVERLOADED':
    case 'DRAINING':
    case 'LOG_UNAVAILABLE':
    case 'EXECUTOR_UNREACHABLE':
    case 'INTERNAL':
      return `The server rejected the call. ${error.code}: ${message}`;
    default:
      return error satisfies never;
  }
}

/** A field of the protocol is an option here. */
function issuesText(issues: readonly InputIssue[]): string {
  const rows = issues.map(({ field, message }) =>
    field === '' ? message : `${optionOf(field)}: ${message}`,
  );
  return `Invalid input: ${rows.join('; ')}.`;
}

/** The option that sets this field; the field itself if none does. */
function optionOf(field: string): string {
  const [group = '', name = '', setting = ''] = field.split('.');
  switch (group) {
    case 'pipeline':
      return name === 'maxRefinements' ? '--max-refinements' : '--roles';
    case 'models':
      return name === 'default' ? '--model' : `--model-for ${name}`;
    case 'settings':
      return settingOf(name, setting);
    case 'instructions':
      return name === 'all' ? '--instruct' : `--instruct-for ${name}`;
    case 'labels':
      return name === '' ? '--label' : `--label ${name}`;
    case 'limits':
      return name === 'maxTokens' ? '--max-tokens' : name === 'maxCost' ? '--max-cost' : field;
    case 'files':
      return '--file';
    case 'draft':
      return '--drop-draft';
    default:
      return field;
  }
}

function settingOf(role: string, setting: string): string {
  const option = setting === 'maxOutputTokens' ? '--max-output-tokens' : '--effort';
  return role === 'default' || role === '' ? option : `${option} ${role}`;
}

function clientText(error: StagewireClientError): string {
  switch (error.code) {
    case 'UNREACHABLE': {
      const reason = reasonIn(error.details);
      const why = reason === undefined ? '' : ` (${reason})`;
      return `The server does not respond${why}. Check that it is running and reachable, and retry.`;
    }
    case 'OUTCOME_UNKNOWN':
      return (
        'The server did not respond in time; the call may or may not have been executed. ' +
        `"${commandName} list" and "${commandName} watch" show the outcome.`
      );
    case 'NOT_STAGEWIRE':
      return `No Stagewire server at this address (${whyUnreached(error)}). Check STAGEWIRE_URL.`;
    default:
      return error.message;
  }
}

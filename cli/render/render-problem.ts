import {
  errorTable,
  StagewireClientError,
  StagewireError,
  type AttemptTarget,
  type Expect,
} from '@stagewire/client';
import { cleanText } from './clean-text.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { targetText } from './render-command.ts';
import { reasonIn, whyUnreached } from '../terminal/why-unreached.ts';

/** What went wrong, for a person: what happened, why, and what to do next. Never a stack. */
export function problemText(error: unknown): string {
  if (error instanceof CliProblem) return cleanText(error.message);
  if (error instanceof StagewireError) return cleanText(refusalText(error));
  if (error instanceof StagewireClientError) return cleanText(clientText(error));
  const said = error instanceof Error ? error.message : String(error);
  // The only other ones with a sentence of their own are about the configuration.
  if (error instanceof Error && error.name === 'ConfigError') return cleanText(said);
  return cleanText(`This is a defect of Stagewire, please report it: ${said}`);
}

function refusalText(error: StagewireError): string {
  const said = sentence(inOurWords(error.message));
  switch (error.code) {
    case 'RUN_NOT_FOUND':
      return `This server knows no such run. "${commandName} list" shows those that there are.`;
    case 'RUN_EXPIRED':
      return `The run was removed, because it was old. "${commandName} list" shows those that there are.`;
    case 'ATTEMPT_NOT_FOUND':
      return `The run has no such attempt, or it has not started yet. "${commandName} watch" shows those that there are.`;
    case 'RUN_ENDED':
      return `${said} Nothing was done; "${commandName} run" starts another.`;
    case 'STAGE_MISMATCH':
      return (
        `${mismatchText(error.details) ?? said} Nothing was done. Look what it does now, and give the command again, ` +
        'with --expect any if the stage does not matter.'
      );
    case 'ILLEGAL_TARGET':
    case 'LIMIT_REACHED':
    case 'TOO_MANY_PENDING':
    case 'COMMAND_ID_CONFLICT':
    case 'RUN_ID_CONFLICT':
      return `${said} Nothing was done.`;
    case 'INVALID_INPUT':
    case 'TOO_LARGE':
      return `${said} Nothing was started or changed; put that right and try again.`;
    case 'PROTOCOL_MISMATCH':
      return `${said} Use the command line of the same version as the server.`;
    case 'UNAUTHENTICATED':
    case 'FORBIDDEN':
      return `The server refused: ${said} Ask whoever runs it for access.`;
    default: {
      const again = errorTable[error.code].retryable ? ' Try again in a moment.' : '';
      return `The server refused (${error.code}): ${said}${again}`;
    }
  }
}

/** What the protocol calls a field, a person has typed as an option. */
function inOurWords(message: string): string {
  return message
    .replaceAll('server.info', `"${commandName} info"`)
    .replace(
      /(^|[.;] )((?:pipeline|models|settings|instructions|labels|files|draft)(?:\.[\w-]+)*): /g,
      (_all, before: string, field: string) => `${before}${optionOf(field)}: `,
    );
}

function optionOf(field: string): string {
  const [group = '', name = '', setting = ''] = field.split('.');
  if (group === 'pipeline') return name === 'roles' ? '--roles' : '--max-refinements';
  if (group === 'models') return name === 'default' ? '--model' : `--model-for ${name}`;
  if (group === 'settings') return settingOf(name, setting);
  if (group === 'draft') return '--drop-draft';
  if (group === 'instructions') return name === 'all' ? '--instruct' : `--instruct-for ${name}`;
  return group === 'labels' ? `--label${name === '' ? '' : ` ${name}`}` : '--file';
}

function settingOf(role: string, setting: string): string {
  const option = setting === 'maxOutputTokens' ? '--max-output-tokens' : '--effort';
  return role === 'default' || role === '' ? option : `${option} ${role}`;
}

function mismatchText(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null) return undefined;
  const { expected, actual } = details as { expected?: Expect; actual?: AttemptTarget | null };
  if (expected === undefined || actual === undefined) return undefined;
  const now = actual === null ? 'The run is still queued' : `The run is in ${targetText(actual)}`;
  return `${now}, and the command was meant for ${expectText(expected)}.`;
}

function expectText(expect: Expect): string {
  if (expect === 'any') return 'any stage';
  if ('role' in expect) return `the ${expect.role}`;
  return `stage ${expect.stage}${expect.attempt === undefined ? '' : `, attempt ${expect.attempt}`}`;
}

function clientText(error: StagewireClientError): string {
  switch (error.code) {
    case 'UNREACHABLE': {
      const reason = reasonIn(error.details);
      const why = reason === undefined ? '' : ` (${reason})`;
      return `The server does not answer: it has stopped, or the network is down${why}. Start it, and try again.`;
    }
    case 'OUTCOME_UNKNOWN':
      return (
        'The server did not answer in time, so it may or may not have been done. ' +
        `"${commandName} list" and "${commandName} watch" show what has happened.`
      );
    case 'NOT_STAGEWIRE':
      return `What answers there is no Stagewire server (${whyUnreached(error)}). Check STAGEWIRE_URL.`;
    default:
      return sentence(error.message);
  }
}

function sentence(message: string): string {
  const text = message.trim();
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

import type { EventBody } from '@stagewire/shared';

/** An event in a line, with what a decision is about: `stage.started 1.2 coder steer keeps 5 reads c1`. */
export function brief(event: EventBody): string {
  return [
    event.type,
    'attempt' in event && 'role' in event ? `${event.stage}.${event.attempt}` : '',
    detailsOf(event),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function detailsOf(event: EventBody): string {
  switch (event.type) {
    case 'run.planned':
      return `${event.cause}: ${event.roles.join(', ')}`;
    case 'run.recovered':
      return `${event.reason} ${event.cutOff === null ? 'idle' : `cuts off ${event.cutOff.stage}.${event.cutOff.attempt}`}`;
    case 'stage.started': {
      const keeps = event.keptChars === 0 ? '' : ` keeps ${event.keptChars}`;
      const reads = event.commandIds.length === 0 ? '' : ` reads ${event.commandIds.map(shortId).join(' ')}`;
      return `${event.role} ${event.cause}${keeps}${reads}`;
    }
    case 'stage.interrupted':
      return [event.cause, ...event.commandIds.map(shortId)].join(' ');
    case 'stage.cancelled':
      return shortId(event.commandId);
    case 'stage.completed':
      return event.finishReason;
    case 'stage.failed': {
      const { failure, retryInMs } = event;
      const reason = failure.reason === undefined ? '' : `/${failure.reason}`;
      return `${failure.code}${reason}${retryInMs === undefined ? '' : ` retry in ${retryInMs}`}`;
    }
    case 'review.recorded':
      return `${event.verdict} ${event.issues.length} issues`;
    case 'artifact.recorded':
    case 'artifact.removed':
      return event.path;
    case 'artifact.skipped':
      return `${event.reason} ${event.path ?? ''}`.trim();
    case 'command.accepted': {
      const { target } = event;
      return `${shortId(event.commandId)} for ${target === null ? 'the queue' : `${target.stage}.${target.attempt}`}`;
    }
    case 'command.applied':
      return `${shortId(event.commandId)} to ${event.stage === null ? 'the queue' : `${event.stage}.${event.attempt}`}`;
    case 'command.dropped':
      return `${shortId(event.commandId)} ${event.reason}`;
    case 'run.completed':
      return event.verdict;
    case 'run.failed':
      return `${event.failure.code} in ${event.stage ?? 'the queue'}`;
    case 'run.cancelled':
      return shortId(event.commandId);
    default:
      return '';
  }
}

function shortId(commandId: string): string {
  return commandId.slice(-2);
}

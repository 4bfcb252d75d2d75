import type { AttemptState, EventOf, RunEvent, RunState, SkipReason, StageState } from '@stagewire/shared';

/** An event of the legacy API: a name and its data. */
export interface LegacyEvent {
  readonly event:
    | 'task_started'
    | 'task_progress'
    | 'chunk_started'
    | 'token_stream'
    | 'chunk_completed'
    | 'task_completed'
    | 'task_error'
    | 'system_message'
    | 'heartbeat';
  readonly data: Readonly<Record<string, unknown>>;
}

/** Characters of a stage's text that `chunk_completed` repeats, as it always did. */
const outputChars = 200;

/**
 * Translates one event of a run into events of the legacy API; none if the legacy API has no event for it. Pure. A chunk
 * is a stage. An attempt that restarts its text is sent as the same chunk started again, because clients clear the text
 * of a chunk there; an attempt that continues its text is a system message.
 *
 * @param run the run after the event.
 */
export function legacyEvents(run: RunState, event: RunEvent): readonly LegacyEvent[] {
  const timestamp = event.at;
  const systemMessage = (message: string): LegacyEvent => ({
    event: 'system_message',
    data: { message, timestamp },
  });
  switch (event.type) {
    case 'run.queued':
      return [{ event: 'task_started', data: { stream_id: run.runId, task: run.task, timestamp } }];
    case 'run.planned': {
      const total = run.stages.length + event.roles.length;
      return [{ event: 'task_progress', data: { total_chunks: total, timestamp } }];
    }
    case 'stage.started':
      return started(event, systemMessage);
    case 'stage.delta':
      return [{ event: 'token_stream', data: { tokens: event.text, agent: agentOf(event.role) } }];
    case 'stage.completed':
      return [completed(run, event)];
    case 'stage.cancelled':
      return [systemMessage(`${agentOf(event.role)} was cancelled.`), completed(run, event)];
    case 'stage.interrupted':
      return interrupted(run, event, systemMessage);
    case 'stage.failed':
      return [systemMessage(failed(event))];
    case 'review.recorded':
      return [systemMessage(`Review: ${event.verdict.replaceAll('_', ' ')}, ${event.issues.length} issues.`)];
    case 'artifact.removed':
      return [systemMessage(`${agentOf(event.role)} removed ${event.path}.`)];
    case 'artifact.skipped':
      return skipped(event, systemMessage);
    case 'run.recovered':
      return [systemMessage('The server takes the task up again.')];
    case 'command.accepted':
      return [systemMessage(accepted(event))];
    case 'command.dropped':
      return [systemMessage(`A command was dropped: ${event.reason.replaceAll('_', ' ')}.`)];
    case 'run.completed':
      return [taskCompleted(run, event)];
    case 'run.failed': {
      const { code, message, retryable } = event.failure;
      return [{ event: 'task_error', data: { error: message, details: { code, retryable }, timestamp } }];
    }
    case 'run.cancelled': {
      const details = { code: 'RUN_CANCELLED', reason: event.reason ?? null };
      return [{ event: 'task_error', data: { error: 'The task was cancelled.', details, timestamp } }];
    }
    case 'run.waiting':
    case 'stage.waiting': {
      const { phase, elapsedMs } = event;
      const agent = event.type === 'stage.waiting' ? { agent: agentOf(event.role) } : {};
      return [{ event: 'heartbeat', data: { timestamp, phase, elapsed_ms: elapsedMs, ...agent } }];
    }
    case 'input.recorded':
    case 'run.started':
    case 'stage.reasoning':
    case 'review.noted':
    case 'artifact.recorded':
    case 'command.applied':
    case 'run.shared':
    case 'run.unshared':
      return [];
    default:
      return event satisfies never;
  }
}

type SystemMessage = (message: string) => LegacyEvent;

function started(event: EventOf<'stage.started'>, systemMessage: SystemMessage): readonly LegacyEvent[] {
  const { stage, role, attempt, cause, keptChars, at } = event;
  const agent = agentOf(role);
  if (keptChars > 0) return [systemMessage(`${agent} continues (attempt ${attempt}, ${cause}).`)];
  const description =
    attempt === 1 ? `${agent} begins` : `${agent} begins again (attempt ${attempt}, ${cause})`;
  const data = { chunk_number: stage, agent, stage: role, description, timestamp: at };
  return [{ event: 'chunk_started', data }];
}

function completed(
  run: RunState,
  event: EventOf<'stage.completed' | 'stage.cancelled' | 'stage.interrupted'>,
): LegacyEvent {
  const stage = run.stages.find((candidate) => candidate.stage === event.stage);
  const output = lastAttempt(stage)?.text.slice(0, outputChars) ?? '';
  const data = { chunk_number: event.stage, agent: agentOf(event.role), output, timestamp: event.at };
  return { event: 'chunk_completed', data };
}

function interrupted(
  run: RunState,
  event: EventOf<'stage.interrupted'>,
  systemMessage: SystemMessage,
): readonly LegacyEvent[] {
  const agent = agentOf(event.role);
  if (event.cause === 'length') return [systemMessage(`${agent} reached the limit of its length.`)];
  const message = systemMessage(`${agent} was interrupted (${event.cause}).`);
  return event.cause === 'redirect' ? [message, completed(run, event)] : [message];
}

/**
 * Why a block of the text became no file; blocks that are not meant as files, such as example commands, are not
 * reported.
 */
const lost: Readonly<Partial<Record<SkipReason, string>>> = {
  path_refused: 'its path is not relative and clean',
  open: 'it was never closed',
  elided: 'it leaves parts of the file out',
  excerpt: 'it is a part of a file that exists',
  diff: 'it is a patch',
  too_many: 'there are too many files',
  no_such_file: 'it is to be removed, and is not there',
};

function skipped(event: EventOf<'artifact.skipped'>, systemMessage: SystemMessage): readonly LegacyEvent[] {
  const why = lost[event.reason];
  if (why === undefined) return [];
  return [systemMessage(`${agentOf(event.role)} wrote no file ${event.path ?? 'of a code block'}: ${why}.`)];
}

function failed(event: EventOf<'stage.failed'>): string {
  const { retryInMs } = event;
  if (retryInMs === 0) return `${agentOf(event.role)} is asked again: ${event.failure.message}`;
  const next = retryInMs === undefined ? '' : ` Trying again in ${(retryInMs / 1000).toFixed(1)} s.`;
  return `${agentOf(event.role)} failed: ${event.failure.message}${next}`;
}

function accepted(event: EventOf<'command.accepted'>): string {
  const { command } = event;
  switch (command.kind) {
    case 'steer':
      return `Steered: ${command.text}`;
    case 'redirect':
      return `Redirected to ${agentOf(command.to)}.`;
    case 'cancel':
      return command.target === 'run' ? 'The task is being cancelled.' : 'The stage is being cancelled.';
    default:
      return command satisfies never;
  }
}

function taskCompleted(run: RunState, event: EventOf<'run.completed'>): LegacyEvent {
  const result = lastAttempt(run.stages.at(-1))?.text ?? '';
  const { verdict, usage, durationMs, at } = event;
  const metrics = {
    verdict,
    stages: run.stages.length,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    duration_seconds: durationMs / 1000,
    files: run.files.flatMap((file) => (file.from === 'stage' ? [file.path] : [])),
  };
  return { event: 'task_completed', data: { result, metrics, timestamp: at } };
}

function lastAttempt(stage: StageState | undefined): AttemptState | undefined {
  return stage?.attempts.at(-1);
}

/** Agents are named after their role, capitalized. */
function agentOf(role: string): string {
  return role.charAt(0).toUpperCase() + role.slice(1);
}

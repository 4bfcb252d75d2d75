import type { EventBody } from '@stagewire/shared';
import { isEnded, isExpected, targetOf } from '@stagewire/shared';
import { knownRoles } from '@stagewire/shared/default-roles';
import { filesAt } from '@stagewire/shared/run-files';
import { writtenText } from '@stagewire/shared/text/file-text';
import { matchesSearch, searchWords } from '@stagewire/shared/text/search';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type {
  Actor,
  Command,
  DeleteReceipt,
  DropReason,
  FilesInput,
  ListInput,
  Receipt,
  RunFile,
  RunPage,
  RunState,
} from '../generated/contract.ts';
import type { ReplayLog } from './replay-log.ts';

/** The actor of the caller: as without authentication. */
const caller: Actor = { id: 'local', kind: 'anonymous' };

/** Answers the calls for which the record and the events that were added are enough. */
export interface ReplayCalls {
  /** @throws StagewireError as the server does. */
  command(command: Command): Receipt;
  list(input: ListInput): RunPage;
  files(input: FilesInput): RunFile[];
  delete(runId: string): DeleteReceipt;
}

export interface ReplayCallsOptions {
  readonly log: ReplayLog;
  readonly now: () => string;
  /** Adds an event, and sends it to the subscribers. */
  readonly add: (runId: string, body: EventBody) => void;
}

export function createReplayCalls({ log, now, add }: ReplayCallsOptions): ReplayCalls {
  return {
    command(command) {
      const { runId, commandId } = command;
      const before = log.run(runId).state;
      const known = before.commands.find((it) => it.commandId === commandId);
      if (known !== undefined) {
        if (!isSameCommand(known.command, command)) throw wireErrors.COMMAND_ID_CONFLICT(commandId);
        return { commandId, cursor: known.cursor, target: known.target };
      }
      const target = targetOf(before);
      assertAccepted(command, before);
      add(runId, { type: 'command.accepted', commandId, actor: caller, command, target });
      const { cursor } = log.run(runId).state;
      if (command.kind === 'cancel' && command.target === 'run') cancelRun(command, before);
      return { commandId, cursor, target };
    },
    list({ owner, status, labels = {}, search, before, limit = 50 }) {
      const words = search === undefined ? [] : searchWords(search);
      const found = log
        .summaries()
        .filter(
          (run) => (owner === undefined || run.owner === owner) && (status?.includes(run.status) ?? true),
        )
        .filter((run) => Object.entries(labels).every(([name, value]) => run.labels[name] === value))
        .filter((run) => matchesSearch(run, words))
        .sort((one, other) => (positionOf(one) < positionOf(other) ? 1 : -1))
        .filter((run) => before === undefined || positionOf(run) < before);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        items,
        ...(last !== undefined && found.length > limit && { next: positionOf(last) }),
        feedCursor: log.feedCursor,
      };
    },
    files({ runId, path, at }) {
      const { state, inputs } = log.run(runId);
      const files = filesAt(state, at);
      if (files === undefined && at !== undefined) {
        throw wireErrors.ATTEMPT_NOT_FOUND.notEnded({ runId, ...at });
      }
      return (files ?? [])
        .filter((file) => path === undefined || file.path === path)
        .map((file) => {
          const { parts: _, ...shown } = file;
          const text = file.from === 'input' ? inputs.get(file.path)?.text : writtenText(state, file);
          return { ...shown, text: text ?? '' };
        });
    },
    delete(runId) {
      const known = log.receiptOfDeletion(runId);
      if (known !== undefined) return known;
      const { state } = log.run(runId);
      if (!isEnded(state)) throw wireErrors.RUN_NOT_ENDED(runId, state.status as 'queued' | 'running');
      return { runId, deletedAt: now(), actor: caller };
    },
  };

  /** Ends the run as the server does, in place of what was recorded. */
  function cancelRun(
    { runId, commandId, reason }: Command & { readonly kind: 'cancel' },
    state: RunState,
  ): void {
    const stage = state.stages.at(-1);
    const attempt = stage?.attempts.at(-1);
    for (const { commandId: open, command } of state.commands.filter((it) => it.status === 'accepted')) {
      add(runId, droppedEvent(open, command, 'run_cancelled'));
    }
    if (stage !== undefined && attempt?.status === 'running') {
      const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'estimated' } as const;
      const place = { stage: stage.stage, role: stage.role, attempt: attempt.attempt };
      add(runId, { type: 'stage.cancelled', ...place, chars: attempt.text.length, usage, commandId });
    }
    const current = targetOf(state);
    add(runId, {
      type: 'command.applied',
      commandId,
      stage: current?.stage ?? null,
      attempt: current?.attempt ?? null,
    });
    add(runId, {
      type: 'run.cancelled',
      commandId,
      actor: caller,
      ...(reason !== undefined && { reason }),
    });
  }
}

/** @throws StagewireError RUN_ENDED, STAGE_MISMATCH, ILLEGAL_TARGET */
function assertAccepted(command: Command, state: RunState): void {
  const { commandId } = command;
  if (isEnded(state)) throw wireErrors.RUN_ENDED(state.status as 'completed' | 'failed' | 'cancelled');
  const target = targetOf(state);
  const expected = command.expect ?? 'any';
  if (!isExpected(expected, target)) {
    throw wireErrors.STAGE_MISMATCH({ expected, actual: target });
  }
  const stage = state.stages.at(-1);
  if (command.kind === 'steer' && command.mode === 'continue' && stage?.format === 'json') {
    throw wireErrors.ILLEGAL_TARGET.jsonOutput(commandId, stage.role);
  }
  if (command.kind === 'redirect' && !knownRoles.some((role) => role === command.to)) {
    throw wireErrors.ILLEGAL_TARGET.unknownRole(commandId, command.to);
  }
  if (command.kind === 'cancel' && command.target === 'stage' && target === null) {
    throw wireErrors.ILLEGAL_TARGET.noStage(commandId);
  }
}

/** The event that drops a command, with its text if it has one. */
export function droppedEvent(commandId: string, command: Command, reason: DropReason): EventBody {
  const text = 'text' in command ? command.text : undefined;
  return { type: 'command.dropped', commandId, reason, ...(text !== undefined && { text }) };
}

/** Lists are ordered by it. */
function positionOf({ queuedAt, runId }: { readonly queuedAt: string; readonly runId: string }): string {
  return `${queuedAt} ${runId}`;
}

function isSameCommand(one: Command, other: Command): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: object): unknown {
  return Object.entries(value)
    .filter(([, it]) => it !== undefined)
    .map(([name, it]) => [
      name,
      typeof it === 'object' && it !== null ? sorted(it as object) : (it as unknown),
    ])
    .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
}

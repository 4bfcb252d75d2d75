import { costText, counted, duration, failureTable } from '@stagewire/client';
import type { RunState } from '@stagewire/client';
import { isInherited, isInheritedStage } from '../lineage/inherited.ts';
import { capitalized, labelFor } from '../shell/labels.ts';
import { shortCount } from '../shell/units.ts';

/** How a result is coloured: `good` only if nothing is left to do. */
export type ResultTone = 'good' | 'unsure' | 'bad' | 'neutral';

export function resultTone({ status, verdict, stages, files }: RunState): ResultTone {
  if (status === 'failed') return 'bad';
  if (status === 'cancelled') return 'neutral';
  const isIncomplete =
    files.some(({ elided }) => elided === true) ||
    stages.some((stage) => stage.status === 'completed' && stage.finishReason === 'length');
  return isIncomplete || verdict === 'changes_requested' || verdict === 'unknown' ? 'unsure' : 'good';
}

/** How a run has ended: the status, and the verdict of a completed run. `completed, verdict unknown` */
export function resultText({ status, verdict, reviews }: RunState): string {
  if (status !== 'completed') return status;
  const none = reviews.length === 0 ? 'not reviewed' : 'no verdict';
  return `completed, ${verdict === undefined || verdict === 'none' ? none : labelFor(verdict)}`;
}

/** What the status and the verdict mean, in one sentence. */
export function resultSentence(state: RunState): string {
  const { status, verdict, reviews, stages, failure } = state;
  const last = stages.at(-1);
  const where =
    last === undefined ? 'before the first stage' : `in ${capitalized(last.role)}, stage ${last.stage}`;
  if (status === 'failed')
    return `The run failed ${where}${failure !== undefined && Object.hasOwn(failureTable, failure.code) ? `: ${failureTable[failure.code]}` : ''}.`;
  if (status === 'cancelled') return `The run was cancelled ${where}. Its texts and files are kept.`;
  switch (verdict) {
    case 'approved':
      return 'The last review approved the files.';
    case 'changes_requested':
      return 'The last review requests changes that were not made.';
    case 'unknown':
      return 'The last review could not be parsed, so there is no verdict.';
    case 'none':
    case undefined:
      return reviews.length === 0
        ? 'No review was part of this run.'
        : 'Files changed after the last review, so there is no verdict.';
    default:
      return `The last review: ${labelFor(verdict satisfies never)}.`;
  }
}

export interface ResultFact {
  readonly name: string;
  readonly value: string;
}

/** The figures of an ended run. */
export function resultFacts(state: RunState): readonly ResultFact[] {
  const { usage, stages } = state;
  const sign = usage.source === 'final' ? '' : '≈';
  const own = stages.flatMap((stage) => stage.attempts).filter((it) => !isInherited(it));
  const inherited = stages.filter(isInheritedStage).length;
  const notes = [
    ...(inherited > 0 ? [`${inherited} inherited`] : []),
    ...(own.length > stages.length - inherited ? [counted(own.length, 'attempt')] : []),
  ];
  const tokens = `${sign}${shortCount(usage.inputTokens)} in, ${sign}${shortCount(usage.outputTokens)} out`;
  return [
    { name: 'Duration', value: duration(durationMs(state)) },
    {
      name: 'Stages',
      value: notes.length > 0 ? `${stages.length} (${notes.join(', ')})` : String(stages.length),
    },
    ...(usage.inputTokens + usage.outputTokens === 0 ? [] : [{ name: 'Tokens', value: tokens }]),
    ...(state.cost === undefined ? [] : [{ name: 'Cost', value: costText(state.cost) }]),
  ];
}

function durationMs({ startedAt, queuedAt, endedAt, updatedAt }: RunState): number {
  return Date.parse(endedAt ?? updatedAt) - Date.parse(startedAt ?? queuedAt);
}

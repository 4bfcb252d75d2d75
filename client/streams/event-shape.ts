import type { FeedEvent, RunEvent } from '../generated/contract.ts';

type Kind = 'string' | 'number';

const envelope: Readonly<Record<string, Kind>> = { type: 'string', at: 'string' };
const ofRun: Readonly<Record<string, Kind>> = { ...envelope, runId: 'string', seq: 'number' };
const ofDelta: Readonly<Record<string, Kind>> = {
  ...ofRun,
  stage: 'number',
  attempt: 'number',
  offset: 'number',
  text: 'string',
};

/**
 * Whether it is an event of this run, in the fields that subscriptions rely on. Event types of a later server are
 * accepted.
 */
export function isEventOfRun(value: unknown, runId: string): value is RunEvent {
  return isEvent(value, 'run') && value.runId === runId;
}

/** Whether it is an event of the feed, in the fields that subscriptions rely on. */
export function isFeedEvent(value: unknown): value is FeedEvent {
  return isEvent(value, 'feed');
}

function isEvent(value: unknown, of: 'run' | 'feed'): value is RunEvent {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const { type, seq, firstSeq } = fields;
  if (of === 'feed' && type === 'feed.opened') return hasFields(fields, { ...envelope, cursor: 'string' });
  const isDelta = type === 'stage.delta' || type === 'stage.reasoning';
  if (!hasFields(fields, isDelta ? ofDelta : ofRun)) return false;
  return isSeq(seq) && (firstSeq === undefined || isSeq(firstSeq));
}

function isSeq(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function hasFields(
  fields: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, Kind>>,
): boolean {
  return Object.entries(kinds).every(([name, kind]) => typeof fields[name] === kind);
}

import type { FieldDescriptions } from './description.ts';

/** Fields with the same meaning in all schemas. The description in a schema takes precedence. */
export const commonFields: FieldDescriptions = {
  type: 'Type of the event.',
  runId: 'The run that the call or the event belongs to.',
  seq: 'Position in the log of the run: 1, 2, 3, … without gaps.',
  firstSeq:
    'The first `seq` that the event covers, if it covers several: coalesced deltas, or events that were omitted. Only as sent to a subscriber, not in the log. Absent: `seq`.',
  at: 'Time of the event.',
  inheritedFrom:
    'Present in a copy, in a run that was started from another one: the event that it was copied from, where it was first logged. Absent otherwise.',
  stage: 'Ordinal of the stage in the run, from 1.',
  role: 'The role of the stage.',
  attempt: 'Ordinal of the attempt in its stage, from 1.',
  commandId: 'Id of the command: its idempotency key within the run.',
  expect:
    'Precondition, checked when the command arrives; the server does not wait until it is met. If it does not match, the command is rejected with STAGE_MISMATCH.',
};

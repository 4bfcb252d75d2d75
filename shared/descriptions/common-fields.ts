import type { FieldDescriptions } from './description.ts';

/** Fields that mean the same wherever they stand. A schema may describe such a field itself, and then that counts. */
export const commonFields: FieldDescriptions = {
  type: 'Which event it is.',
  runId: 'Which run it is, or belongs to.',
  seq: 'Position in the log of the run: 1, 2, 3 … without gaps.',
  firstSeq:
    'The first position that the event stands for, if it stands for several: merged deltas, or events that were left out. On the wire only. Absent: `seq`.',
  at: 'When the event was recorded.',
  stage: 'Ordinal of the stage in the run, from 1.',
  role: 'The role of the stage.',
  attempt: 'Ordinal of the attempt in its stage, from 1.',
  commandId: 'Which command it is, or belongs to.',
  expect:
    'Precondition, checked when the command arrives; never a wait. No match is refused with STAGE_MISMATCH.',
};

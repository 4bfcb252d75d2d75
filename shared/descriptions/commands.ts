import { defaultLimits } from '../limits.ts';
import { maxPathChars } from '../text/file-path.ts';
import type { FieldDescriptions, SchemaDescriptions } from './description.ts';

const commandText = `1 to ${defaultLimits.maxCommandTextChars} chars, trimmed`;

const steerFields: FieldDescriptions = {
  text: `The instruction: ${commandText}.`,
  mode: {
    text: 'What happens to the model call that is open.',
    values: {
      restart: 'it is aborted; the stage starts its next attempt with the instruction in the prompt',
      continue:
        'it is aborted; the next attempt continues where the text stopped. ILLEGAL_TARGET in a stage of format `json`',
      next: 'nothing is aborted; the instruction enters the prompt of the next stage',
    },
  },
  scope: {
    text: 'Which stages see the instruction.',
    values: { run: 'this stage and all later ones', stage: 'this stage only' },
  },
  draft: {
    text: 'Whether the interrupted text is kept. `drop` with a mode other than `restart` is INVALID_INPUT. Default: `keep`.',
    values: { keep: 'it is in the next prompt', drop: 'it is not in the next prompt' },
  },
};

const redirectFields: FieldDescriptions = {
  to: 'The role to go to, chosen for the run or not. One that the server does not know is ILLEGAL_TARGET.',
  text: `Instruction for that role and all later ones: ${commandText}. Default: none.`,
};

const cancelFields: FieldDescriptions = {
  target: 'What ends: the `run`, or its current `stage`. A stage of a queued run is ILLEGAL_TARGET.',
  reason: `For the record: up to ${defaultLimits.maxReasonChars} chars. Default: none.`,
};

/** Of what `shared/commands.ts` defines. */
export const commandDescriptions: SchemaDescriptions = {
  InputFile: {
    text: 'A context file. Its path is a name for the model: the server never touches it on disk.',
    fields: {
      path: `Relative and clean, with forward slashes: no empty part, \`.\`, \`..\`, drive letter or invisible character. 1 to ${maxPathChars} chars, unique among the files of the run.`,
      text: `The content: up to ${defaultLimits.maxFileChars} chars; all files of a run together up to ${defaultLimits.maxFilesChars}, else TOO_LARGE.`,
    },
  },
  StartInput: {
    text: 'Input of `runs.start`. Strict: an unknown field is INVALID_INPUT.',
    fields: {
      task: `What is to be made: 1 to ${defaultLimits.maxTaskChars} chars, trimmed.`,
      runId:
        'Makes the call idempotent: the same id with the same body gives the same receipt, with another body RUN_ID_CONFLICT. Default: made by the server, a new run with every call.',
      files: `Context files for the roles, at most ${defaultLimits.maxFiles}. Default: none.`,
      instructions: `\`all\`, or the name of a role → text appended to its prompts, 1 to ${defaultLimits.maxInstructionChars} chars. Default: none.`,
      pipeline: 'Which roles run. Default: all but `tester`.',
      'pipeline.roles':
        'The chosen roles, 1 to 16, in any order. An unknown role, a role named twice, and roles that leave nothing to run are INVALID_INPUT. Default: all but `tester`.',
      'pipeline.maxRefinements': `How often the refiner may follow a review in one pass: 0 to 5. Default: ${defaultLimits.maxRefinements}.`,
      models:
        '`default`, or the name of a role → model. `default` beats what the server has configured for a role. A model that the server cannot call is INVALID_INPUT. Default: the models in `server.info`.',
      settings:
        '`default`, or the name of a role → how its model is called. Default: the settings of the server.',
      limits: 'Limits of this run. Default: those of the server.',
      'limits.maxAttemptsPerStage': `Attempts of one stage: 1 to ${defaultLimits.maxAttemptsPerStageAllowed}. Default: ${defaultLimits.maxAttemptsPerStage}.`,
      'limits.maxDurationMs': `Milliseconds from \`run.started\` on, 1000 to ${defaultLimits.maxDurationMs}; then the run fails with LIMIT_REACHED. Default: ${defaultLimits.maxDurationMs}.`,
      labels: 'To find the run by in `runs.list` and `runs.feed`. Default: none.',
    },
  },
  Expect: {
    text: "Precondition of a command: `'any'`, whatever is current; `{stage, attempt?}`, what a person saw; `{role}`, the current stage has this role. While the run is queued only `'any'` matches; in backoff the failed attempt matches.",
    fields: {
      stage: 'The current stage has this ordinal.',
      attempt: 'The current attempt has this ordinal. Default: any attempt of the stage.',
      role: 'The current stage has this role.',
    },
  },
  SteerInput: { text: 'Input of `runs.steer`: an instruction for the model.', fields: steerFields },
  RedirectInput: {
    text: 'Input of `runs.redirect`: ends the current stage and goes to another role.',
    fields: redirectFields,
  },
  CancelInput: {
    text: 'Input of `runs.cancel`: ends the run, or its current stage with the text so far.',
    fields: {
      ...cancelFields,
      expect:
        "Precondition, checked when the command arrives; no match is STAGE_MISMATCH. Required with `target: 'stage'`. Default: `'any'`.",
    },
  },
  Command: {
    text: 'A command as it is recorded: its whole parsed input, with `kind`.',
    fields: {
      ...steerFields,
      ...redirectFields,
      ...cancelFields,
      kind: 'Which command it is.',
      text: `The instruction: ${commandText}. Absent in a redirect without one.`,
    },
  },
  Receipt: {
    text: 'The command is accepted and durable, not yet done: its outcome comes as `command.applied` or `command.dropped`.',
    fields: {
      cursor: 'Position of its `command.accepted`: `runs.events` after it has the outcome.',
      target:
        'The attempt that it was accepted for; in backoff the failed one. `null` while the run is queued.',
    },
  },
  StartReceipt: {
    text: 'The run is queued and durable.',
    fields: {
      runId: 'The id of the run: the one of the input, else made by the server.',
      cursor: 'Position of its `run.queued`: `runs.events` after it has all that follows.',
    },
  },
};

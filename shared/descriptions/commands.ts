import { defaultLimits } from '../limits.ts';
import { maxPathChars } from '../text/file-path.ts';
import type { FieldDescriptions, SchemaDescriptions } from './description.ts';

const commandText = `1 to ${defaultLimits.maxCommandTextChars} chars, trimmed`;

const steerFields: FieldDescriptions = {
  text: `The instruction: ${commandText}.`,
  mode: {
    text: 'Effect on the open model call.',
    values: {
      restart: 'it is aborted; the next attempt of the stage has the instruction in its prompt',
      continue:
        'it is aborted; the next attempt continues where the text stopped. ILLEGAL_TARGET in a stage of format `json`',
      next: 'nothing is aborted; the instruction enters the prompt of the next stage',
    },
  },
  scope: {
    text: 'Stages whose prompts have the instruction.',
    values: { run: 'this stage and all later ones', stage: 'this stage only' },
  },
  draft: {
    text: 'Whether the interrupted text is kept. `drop` with a mode other than `restart` is INVALID_INPUT. Default: `keep`.',
    values: { keep: 'it is in the next prompt', drop: 'it is not in the next prompt' },
  },
};

const redirectFields: FieldDescriptions = {
  to: 'The role that the run continues with, selected for the run or not. An unknown role is ILLEGAL_TARGET.',
  text: `Instruction for that role and all later ones: ${commandText}. Default: none.`,
};

const cancelFields: FieldDescriptions = {
  target:
    'What the command ends: the `run`, or its current `stage`. `stage` is ILLEGAL_TARGET while the run is queued.',
  reason: `A note that is stored with the command: up to ${defaultLimits.maxReasonChars} chars. Default: none.`,
};

/** Descriptions of the schemas in `shared/commands.ts`. */
export const commandDescriptions: SchemaDescriptions = {
  InputFile: {
    text: 'A context file. Its path is a name for the model: the server never accesses it on disk.',
    fields: {
      path: `Relative and clean, with forward slashes: no empty part, \`.\`, \`..\`, drive letter or invisible character. 1 to ${maxPathChars} chars, unique among the files of the run.`,
      text: `The content: up to ${defaultLimits.maxFileChars} chars; all files of a run together up to ${defaultLimits.maxFilesChars}, otherwise TOO_LARGE.`,
    },
  },
  StartInput: {
    text: 'Input of `runs.start`. Strict: an unknown field is INVALID_INPUT.',
    fields: {
      task: `Task of the run: 1 to ${defaultLimits.maxTaskChars} chars, trimmed. Required without \`from\`, and for a follow-up of a completed run. Default: that of the run in \`from\`.`,
      from: 'The run that this one starts from: a follow-up, a rerun from a stage, or a fork of an attempt. Fields that are absent are taken from that run. Default: the run starts without one.',
      runId:
        'Idempotency key of the call: the same id with the same body returns the same receipt, with another body RUN_ID_CONFLICT. Default: the server generates an id, so every call starts a new run.',
      files: `Context files for the roles, at most ${defaultLimits.maxFiles}. Default: none.`,
      instructions: `\`all\`, or the name of a role → text appended to its prompts, 1 to ${defaultLimits.maxInstructionChars} chars. Default: none.`,
      pipeline: 'The selection of roles. Default: all except `tester`.',
      'pipeline.roles':
        'The selected roles, 1 to 16, in any order. An unknown role, a duplicate role, and a selection without a role that can run are INVALID_INPUT. Default: all except `tester`.',
      'pipeline.maxRefinements': `Refinements in one pass of the pipeline: 0 to 5. Default: ${defaultLimits.maxRefinements}.`,
      models:
        '`default`, or the name of a role → model. `default` takes precedence over a model that the server has configured for a role. A model that the server cannot call is INVALID_INPUT. Default: the models in `server.info`.',
      settings:
        '`default`, or the name of a role → how its model is called. Default: the settings of the server.',
      limits: 'Limits of the run. Default: those of the server.',
      'limits.maxAttemptsPerStage': `Attempts of one stage: 1 to ${defaultLimits.maxAttemptsPerStageAllowed}. Default: ${defaultLimits.maxAttemptsPerStage}.`,
      'limits.maxDurationMs': `Milliseconds from \`run.started\` until the run fails with LIMIT_REACHED: 1000 to ${defaultLimits.maxDurationMs}. Default: ${defaultLimits.maxDurationMs}.`,
      'limits.maxTokens':
        'Tokens, input and output of all attempts, after which the run fails with LIMIT_REACHED. Default: no limit; with `from` that of the source.',
      'limits.maxCost':
        'Cost of all attempts after which the run fails with LIMIT_REACHED: a decimal number above 0, in the currency of `server.info.prices`. INVALID_INPUT if the server has no price list, or no price of a model that the run may use. Default: no limit; with `from` that of the source.',
      'limits.currency':
        'Currency of `maxCost`: INVALID_INPUT if it is not the currency of the server, or without `maxCost`. Default: the currency of the server.',
      owner:
        'Owner of the run: one of `you.owners`, or any with the permission `admin`; another one is FORBIDDEN. Default: with `from` the owner of that run if it is one of `you.owners`; otherwise `you.owner`.',
      labels: 'Labels to filter by in `runs.list` and `runs.feed`. Default: none.',
      traceparent:
        'The span that the trace of the run continues, as in the header `traceparent` of W3C Trace Context. Not a part of the body that `runId` identifies. Default: the run has a trace of its own.',
    },
  },
  Expect: {
    text: "Precondition of a command: `'any'`, no condition; `{stage, attempt?}`, this stage, and this attempt if given, is current; `{role}`, the current stage has this role. While the run is queued only `'any'` matches; in backoff the failed attempt matches.",
    fields: {
      stage: 'The current stage has this ordinal.',
      attempt: 'The current attempt has this ordinal. Default: any attempt of the stage.',
      role: 'The current stage has this role.',
    },
  },
  SteerInput: { text: 'Input of `runs.steer`: an instruction for the model.', fields: steerFields },
  RedirectInput: {
    text: 'Input of `runs.redirect`: ends the current stage and continues with another role.',
    fields: redirectFields,
  },
  CancelInput: {
    text: 'Input of `runs.cancel`: ends the run, or its current stage with the text so far.',
    fields: {
      ...cancelFields,
      expect:
        "Precondition, checked when the command arrives. If it does not match, the command is rejected with STAGE_MISMATCH. Required with `target: 'stage'`. Default: `'any'`.",
    },
  },
  Command: {
    text: 'A command as it is stored: its whole validated input with defaults filled in, and its `kind`.',
    fields: {
      ...steerFields,
      ...redirectFields,
      ...cancelFields,
      kind: 'Kind of the command.',
      text: `The instruction: ${commandText}. Absent in a redirect without one.`,
    },
  },
  Receipt: {
    text: 'Receipt of a command: it is accepted and durable. Its outcome follows as `command.applied` or `command.dropped`.',
    fields: {
      cursor: 'Cursor of its `command.accepted`. `runs.events` after this cursor sends the outcome.',
      target:
        'The attempt that the command was accepted for; in backoff the failed one. `null` while the run is queued.',
    },
  },
  StartReceipt: {
    text: 'Receipt of a start: the run is queued and durable.',
    fields: {
      runId: 'Id of the run: that of the input, otherwise generated by the server.',
      cursor: 'Cursor of its `run.queued`. `runs.events` after this cursor sends all later events.',
    },
  },
};

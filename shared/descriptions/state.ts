import type { SchemaDescriptions } from './description.ts';
import { fileTexts } from './file-fields.ts';

const endedAt = 'When the run ended. Absent while it has not.';
const verdict = 'Verdict on the run. There if it has completed, absent otherwise.';
const queuedAt = 'When the run was queued: `at` of `run.queued`.';
const startedAt = 'When its turn came: `at` of `run.started`. Absent before.';
const owner = 'Who owns the run. Without authentication `local`.';

const attemptEndings = {
  completed: 'ended by `stage.completed`',
  interrupted: 'ended by `stage.interrupted`',
  cancelled: 'ended by `stage.cancelled`',
};

/** Of what `shared/state.ts` defines. */
export const stateDescriptions: SchemaDescriptions = {
  SkippedBlock: {
    text: 'A code block that became no file of the run, and why.',
    fields: {
      reason: 'Why it became no file.',
      path: fileTexts.skippedPath,
      offset: fileTexts.skippedOffset,
      chars: fileTexts.skippedChars,
    },
  },
  AttemptState: {
    text: 'One attempt at a stage.',
    fields: {
      status: {
        text: 'Whether it is open, or how it ended.',
        values: { running: 'it is open', ...attemptEndings, failed: 'ended by `stage.failed`' },
      },
      cause: 'Why it was started.',
      model: 'The model that was called.',
      text: 'The text so far, kept text included. It may end in the middle of a surrogate pair.',
      reasoning: 'The reasoning so far. Empty if the model sends none.',
      keptChars:
        'How much of the text of the attempt before it begins with, in UTF-16 code units: 0 for an attempt that keeps none.',
      commandIds: 'The commands whose text is in its prompt, in the order of acceptance.',
      startedAt: 'When it was started.',
      endedAt: 'When it ended. Absent while it is open.',
      usage: 'Its tokens. `null` while it is open.',
      ttftMs:
        'Milliseconds from the request to its first delta of either type. There if it completed, absent otherwise.',
      durationMs: 'Milliseconds from the request to its end. There if it completed, absent otherwise.',
      failure: 'Why it failed. There if it failed, absent otherwise.',
      retryInMs:
        'Milliseconds from its end to the next attempt. There if it failed and another attempt follows, absent otherwise.',
      skipped: 'Code blocks of its text that became no file, at most 100. They are known at its end.',
    },
  },
  StageState: {
    text: 'One visit of a role in a run.',
    fields: {
      format: 'Format of its text.',
      status: {
        text: 'Status of its last attempt, or `backoff`.',
        values: {
          running: 'an attempt is open',
          backoff: 'no attempt is open; the next one begins after the backoff',
          ...attemptEndings,
          failed: 'ended by `stage.failed`, and no attempt follows',
        },
      },
      finishReason:
        'Why the model stopped. There if the stage completed, absent otherwise; `length`: its text is cut off.',
      attempts: 'Its attempts, oldest first; at least one.',
    },
  },
  CommandState: {
    text: 'A command of a run and its outcome.',
    fields: {
      kind: {
        text: 'Which command it is.',
        values: {
          steer: 'an instruction for the model',
          redirect: 'to another role',
          cancel: 'the end of a stage or of the run',
        },
      },
      actor: 'Who gave it.',
      status: {
        text: 'Its outcome so far.',
        values: {
          accepted: 'durable, and not settled yet',
          applied: 'in the prompt of an attempt (steer), or done (redirect, cancel)',
          dropped: 'it will never act',
        },
      },
      reason: 'Why it was dropped. Absent otherwise.',
      at: 'When it was accepted.',
      command: 'The whole parsed input.',
      target:
        'The attempt that it was accepted for; in backoff the failed one. `null` if the run was queued.',
      cursor: 'Position of its `command.accepted`, as in its receipt.',
      appliedTo: 'Where it was applied. Absent while it is not.',
      'appliedTo.stage':
        'Of a steer, the stage whose prompt has it; else the stage that it ended. `null` if the run was queued.',
      'appliedTo.attempt':
        'Of a steer, the attempt whose prompt has it; else the attempt that it ended. `null` if the run was queued.',
    },
  },
  ReviewState: {
    text: 'The review of one attempt of a reviewer.',
    fields: {
      verdict:
        'Its verdict. `null` while the reviewer writes, and if the attempt ended without a recorded review.',
      issues: 'The issues noted so far, or those of the recorded review.',
      problems: fileTexts.problems,
    },
  },
  FileOrigin: {
    text: 'Where a file comes from.',
    values: { input: 'a context file of the start', stage: 'written by a role' },
  },
  FileState: {
    text: 'A file of the run: where its latest text stands. `runs.files` has the text itself.',
    fields: {
      path: fileTexts.path,
      language: fileTexts.language,
      from: 'Where it comes from.',
      stage: fileTexts.originStage,
      attempt: fileTexts.originAttempt,
      parts: fileTexts.parts,
      elided: fileTexts.elided,
    },
  },
  RunState: {
    text: 'The state of a run: the fold of its events up to `seq`.',
    fields: {
      status: 'Where the run stands.',
      task: 'What is to be made.',
      owner,
      actor: 'Who started it.',
      labels: 'Its labels. `{}` without any.',
      pipeline: 'The chosen roles and the number of refinements, defaults filled in.',
      instructions: '`all` or a role → text appended to its prompts. `{}` without any.',
      models:
        '`default` or a role → model, as fixed at the start: those of the input over those of the server.',
      settings:
        '`default` or a role → how its model is called, as fixed at the start: those of the input over those of the server. `{}` without any.',
      limits: 'Its limits, defaults filled in.',
      plan: 'Roles whose stage has not started, the next one first.',
      stages: 'Its stages, oldest first.',
      commands: 'Its accepted commands, oldest first.',
      review: 'The last entry of `reviews`. `null` before the first issue or review.',
      reviews:
        'One entry for each attempt of a reviewer that noted or recorded anything, by their last change, oldest first.',
      files: 'The files as they are now, each path once, by their last change, oldest first.',
      usage: 'The tokens of all attempts that have ended.',
      verdict,
      failure: 'Why the run failed. There if it failed, absent otherwise.',
      queuedAt,
      startedAt,
      updatedAt: 'When its last event was recorded.',
      endedAt,
      epoch: 'How many owners the run has had, from 1: a recovery adds one.',
      seq: 'Position of the last event that the state includes.',
      cursor: 'The same position as a cursor: `runs.events` after it continues without a gap.',
    },
  },
  RunSummary: {
    text: 'A run as lists show it.',
    fields: {
      status: 'Where the run stands.',
      problem:
        'What is damaged in the log of an unreadable run; its other fields are empty where they cannot be read. Absent otherwise.',
      task: 'The first 200 chars of the task.',
      owner,
      labels: 'Its labels. `{}` without any.',
      queuedAt,
      startedAt,
      endedAt,
      current:
        'The attempt that is open, or the failed one in backoff. `null` before the first and after the end.',
      verdict,
    },
  },
  RunFile: {
    text: 'A file of a run with its text.',
    fields: {
      path: fileTexts.path,
      language: fileTexts.language,
      text: 'The content.',
      from: 'Where it comes from.',
      stage: fileTexts.originStage,
      attempt: fileTexts.originAttempt,
      elided: fileTexts.elided,
    },
  },
  RunPrompt: {
    text: 'The prompt of an attempt, computed from the log when it is asked for.',
    fields: {
      model: 'The model that was called.',
      system: 'The system text; the same for all roles of a run.',
      messages: 'The messages in order. Roles alternate; the first and the last are `user`.',
      'messages.role': {
        text: 'Who wrote the message.',
        values: { user: 'the server, in the name of the user', assistant: 'the model, earlier in the stage' },
      },
      'messages.text': 'The content of the message.',
      exact:
        '`true`: this is what was sent, to the byte (`promptHash`). `false`: this version of the server computes another prompt from the log, or the event has no `promptHash`.',
    },
  },
};

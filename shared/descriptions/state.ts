import type { SchemaDescriptions } from './description.ts';
import { fileTexts } from './file-fields.ts';

const endedAt = 'When the run ended. Absent before.';
const verdict = 'Verdict of the run. Present if the run has completed, absent otherwise.';
const queuedAt = 'When the run was queued: `at` of `run.queued`.';
const startedAt = 'When the run left the queue: `at` of `run.started`. Absent before.';
const lineage = 'The run that it was started from, and where. Absent if it was not started from another run.';
const owner = 'Owner of the run. Without authentication `local`.';

const attemptEndings = {
  completed: 'ended by `stage.completed`',
  interrupted: 'ended by `stage.interrupted`',
  cancelled: 'ended by `stage.cancelled`',
};

/** Descriptions of the schemas in `shared/state.ts`. */
export const stateDescriptions: SchemaDescriptions = {
  SkippedBlock: {
    text: 'A code block that did not become a file of the run, and why.',
    fields: {
      reason: 'Why it did not become a file.',
      path: fileTexts.skippedPath,
      offset: fileTexts.skippedOffset,
      chars: fileTexts.skippedChars,
    },
  },
  AttemptState: {
    text: 'One execution of a stage, with one call of a model.',
    fields: {
      status: {
        text: 'Whether it is open, or how it ended.',
        values: { running: 'it is open', ...attemptEndings, failed: 'ended by `stage.failed`' },
      },
      cause: 'Why it was started.',
      model: 'The model that was called.',
      text: 'Text so far, kept text included. It may end in the middle of a surrogate pair.',
      reasoning: 'Reasoning so far. Empty if the model sends none.',
      keptChars:
        'Length of the text that it keeps from the previous attempt, in UTF-16 code units; 0 if it keeps none.',
      commandIds: 'Commands whose text is in the prompt, in the order of acceptance.',
      startedAt: 'When it was started.',
      endedAt: 'When it ended. Absent while it is open.',
      usage: 'Tokens of the attempt. `null` while it is open.',
      cost: 'Cost of the attempt. Absent while it is open, and if the server has no price for its model.',
      ttftMs:
        'Milliseconds from the request to the first delta of either type. Present if the attempt completed, absent otherwise.',
      durationMs:
        'Milliseconds from the request to the end of the attempt. Present if it completed, absent otherwise.',
      failure: 'Why the attempt failed. Present if it failed, absent otherwise.',
      retryInMs:
        'Milliseconds from the end of the attempt to the next one. Present if it failed and another attempt follows, absent otherwise.',
      skipped:
        'Code blocks of its text that did not become files, at most 100. They are known at the end of the attempt.',
      inheritedFrom:
        'Present if the attempt was copied from another run: the `stage.started` that it was copied from. Its usage is not counted in that of the run. Absent otherwise.',
    },
  },
  StageState: {
    text: 'The work of one role at one point of a run.',
    fields: {
      format: 'Format of the text.',
      status: {
        text: 'Status of its last attempt, or `backoff`.',
        values: {
          running: 'an attempt is open',
          backoff: 'no attempt is open; the next one starts after the backoff',
          ...attemptEndings,
          failed: 'ended by `stage.failed`, and no attempt follows',
        },
      },
      finishReason:
        'Why the model stopped; `length`: the text is cut off. Present if the stage completed, absent otherwise.',
      cost: 'Cost of its attempts that have ended. Absent if none of them has a cost.',
      attempts: 'Attempts of the stage, oldest first; at least one.',
    },
  },
  CommandState: {
    text: 'A command of a run and its outcome.',
    fields: {
      kind: {
        text: 'Kind of the command.',
        values: {
          steer: 'give the model an instruction',
          redirect: 'continue with another role',
          cancel: 'end a stage or the run',
        },
      },
      actor: 'The principal that sent the command.',
      status: {
        text: 'Outcome, or `accepted` while it is pending.',
        values: {
          accepted: 'durable and pending',
          applied: 'in the prompt of an attempt (steer), or executed (redirect, cancel)',
          dropped: 'it will never be applied',
        },
      },
      reason: 'Why it was dropped. Absent otherwise.',
      at: 'When it was accepted.',
      command: 'The whole validated input, with defaults filled in.',
      target:
        'The attempt that the command was accepted for; in backoff the failed one. `null` if the run was queued.',
      cursor: 'Cursor of its `command.accepted`, as in its receipt.',
      appliedTo: 'Where the command was applied. Absent before.',
      'appliedTo.stage':
        'For a steer, the stage whose prompt has it; otherwise the stage that the command ended. `null` if the run was queued.',
      'appliedTo.attempt':
        'For a steer, the attempt whose prompt has it; otherwise the attempt that the command ended. `null` if the run was queued.',
    },
  },
  ReviewState: {
    text: 'The review of one attempt of a reviewer.',
    fields: {
      verdict:
        'Verdict of the review. `null` while the reviewer writes, and if the attempt ended without a `review.recorded`.',
      issues: 'The issues noted so far, or those of `review.recorded`.',
      problems: fileTexts.problems,
    },
  },
  FileOrigin: {
    text: 'Whether a file is a context file or was written by a role.',
    values: { input: 'a context file from the input of the start', stage: 'written by a role' },
  },
  FileState: {
    text: 'A file of the run, as pieces of the text that wrote it. `runs.files` has the content itself.',
    fields: {
      path: fileTexts.path,
      language: fileTexts.language,
      from: 'Whether it is a context file or was written by a role.',
      stage: fileTexts.originStage,
      attempt: fileTexts.originAttempt,
      parts: fileTexts.parts,
      elided: fileTexts.elided,
    },
  },
  FileChanges: {
    text: 'The files that one attempt wrote or removed, and context files.',
    fields: {
      stage: 'The stage of the attempt. Absent for the context files of the start.',
      attempt:
        'The attempt at whose end the changes were made. A context file that a follow-up adds comes after this end. Absent for the context files of the start.',
      files: 'The changes, in order.',
      'files.path': fileTexts.path,
      'files.file': 'The new version of the file. `null`: it was removed.',
    },
  },
  RunState: {
    text: 'The state of a run: the fold of its events up to `seq`.',
    fields: {
      status: 'Status of the run.',
      task: 'Task of the run, without white space at both ends.',
      owner,
      actor: 'The principal that started the run.',
      labels: 'Labels of the run. `{}` if there are none.',
      from: lineage,
      pipeline: 'The selected roles and the number of refinements, with defaults filled in.',
      instructions: '`all` or a role → text appended to its prompts. `{}` if there is none.',
      models:
        '`default` or a role → model, as set at the start: those of the input take precedence over those of the server.',
      settings:
        '`default` or a role → how its model is called, as set at the start: those of the input take precedence over those of the server. `{}` if there are none.',
      limits: 'Limits of the run, with defaults filled in.',
      plan: 'Roles whose stage has not started, the next one first.',
      stages: 'Stages of the run, oldest first.',
      commands: 'Accepted commands of the run, oldest first.',
      shares: 'Links to the run that were not removed, oldest first. Expired ones are included.',
      review: 'The last entry of `reviews`. `null` before the first issue or review.',
      reviews:
        'One entry for each attempt of a reviewer with a `review.noted` or `review.recorded`, ordered by last change, oldest first.',
      files: 'The current files, each path once, ordered by last change, oldest first.',
      fileHistory:
        'Every version of every file, removals included, by attempt, oldest first. Absent if the server does not provide it.',
      usage: 'Total tokens of all attempts that have ended, without inherited ones.',
      cost: 'Cost of all attempts that have ended, without inherited ones. Absent if none of them has a cost.',
      verdict,
      failure: 'Why the run failed. Present if it failed, absent otherwise.',
      queuedAt,
      startedAt,
      updatedAt: '`at` of the last event.',
      endedAt,
      epoch: 'Fencing epoch: counts the executors of the run, from 1. Each recovery adds 1.',
      seq: 'Position of the last event that the state includes.',
      cursor: 'The same position as a cursor: `runs.events` after this cursor continues without a gap.',
    },
  },
  RunSummary: {
    text: 'A run as shown in lists.',
    fields: {
      status: 'Status of the run.',
      problem:
        'What is damaged in the log of an `unreadable` run; other fields that cannot be read are empty. Absent for other statuses.',
      task: 'The first 200 chars of the task.',
      owner,
      labels: 'Labels of the run. `{}` if there are none.',
      from: lineage,
      queuedAt,
      startedAt,
      endedAt,
      current:
        'The attempt that is open, or the failed one in backoff. `null` before the first attempt and after the end.',
      verdict,
      cost: 'Cost of the run, from its terminal event. Absent before the end, and if no attempt has a cost.',
      shares:
        'Links to the run that were not removed, oldest first. Expired ones are included. Absent if there are none.',
    },
  },
  RunFile: {
    text: 'A file of a run with its text.',
    fields: {
      path: fileTexts.path,
      language: fileTexts.language,
      text: 'The content.',
      from: 'Whether it is a context file or was written by a role.',
      stage: fileTexts.originStage,
      attempt: fileTexts.originAttempt,
      elided: fileTexts.elided,
    },
  },
  RunPrompt: {
    text: 'The prompt of an attempt, computed from the log on each request.',
    fields: {
      model: 'The model that was called.',
      system: 'The system text; the same for all roles of a run.',
      messages: 'Messages in order. Roles alternate; the first and the last are `user`.',
      'messages.role': {
        text: 'Author of the message.',
        values: { user: 'the server, on behalf of the user', assistant: 'the model, earlier in the stage' },
      },
      'messages.text': 'The content of the message.',
      exact:
        '`true`: this is what was sent, byte for byte (`promptHash`). `false`: this version of the server computes another prompt from the log, or the event has no `promptHash`.',
    },
  },
};

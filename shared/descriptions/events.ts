import type { FieldDescriptions, SchemaDescriptions } from './description.ts';
import { fileTexts } from './file-fields.ts';

const delta: FieldDescriptions = {
  offset:
    'Where the piece begins, in UTF-16 code units: the length of what events of this type have said in the attempt before, kept text included. A reader cuts its text there and adds the piece.',
  text: 'The piece, as the model sent it. It may begin or end in the middle of a surrogate pair.',
};

const ending: FieldDescriptions = {
  chars: 'Length of the text of the attempt at its end, kept text included, in UTF-16 code units.',
  usage: 'Tokens of the attempt.',
};

const transient: FieldDescriptions = {
  seq: 'Repeats the `seq` last sent to this subscriber.',
  firstSeq: 'Not set in transient events.',
  at: 'When it was sent.',
};

/** Of what `shared/events.ts` defines. */
export const eventDescriptions: SchemaDescriptions = {
  RunEvent: { text: 'What `runs.events` sends. Open: skip unknown types, but move past their `seq`.' },
  FeedEvent: {
    text: 'What `runs.feed` sends: all durable events but `input.recorded` and reasoning; deltas of text if asked for. The `seq` of a run has gaps here.',
  },
  'run.queued': {
    text: 'The first event of a run: it is durable and waits for its turn.',
    fields: {
      task: 'What is to be made, trimmed.',
      owner: 'Who owns the run. Without authentication `local`.',
      actor: 'Who started it.',
      pipeline: 'The chosen roles and the number of refinements, defaults filled in.',
      instructions: '`all` or a role → text appended to its prompts. `{}` without any.',
      models: '`default` or a role → model: those of the input over those of the server.',
      settings:
        '`default` or a role → how its model is called: those of the input over those of the server. Absent in runs of older versions.',
      limits: 'Its limits, defaults filled in.',
      labels: 'Its labels. `{}` without any.',
      digest: 'Hash of the parsed input without `runId`; opaque. Two starts with one digest are the same.',
    },
  },
  'input.recorded': {
    text: 'One context file. Follows `run.queued` in the same append.',
    fields: { path: fileTexts.path, text: 'The content of the file.' },
  },
  'run.started': { text: 'The turn of the run has come.' },
  'run.planned': {
    text: 'The plan, at the start and after every change of it.',
    fields: {
      roles: 'Roles whose stage has not started, the next one first.',
      cause: {
        text: 'Why the plan was made.',
        values: {
          start: 'the run starts',
          review: 'changes were requested, or a reviewed file has changed',
          redirect: 'a redirect',
          cancel: 'a cancelled stage',
        },
      },
    },
  },
  'run.recovered': {
    text: 'A new owner continues the run: opens an epoch, and is the first event in it.',
    fields: {
      reason: {
        text: 'What made the recovery necessary.',
        values: {
          restart: 'the server came back',
          takeover: 'another server took the run',
          log: 'the log could not be written for a while',
        },
      },
      cutOff: 'The attempt that was open. `null` if the run was queued or in backoff.',
    },
  },
  'stage.started': {
    text: 'An attempt begins; the first attempt begins its stage.',
    fields: {
      model: 'The model that is called.',
      format: 'Format of the text.',
      cause: 'Why the attempt was started.',
      commandIds:
        'Every command whose text is in the prompt, in the order of acceptance, those of earlier attempts and stages included.',
      keptChars:
        'How much of the text of the attempt before it begins with, in UTF-16 code units: 0 for an attempt that keeps none.',
      promptHash:
        'Hash of the prompt as it was sent: SHA-256 in hexadecimal. `exact` of `runs.prompt` says whether it still comes out the same. May be absent.',
      contextTokens:
        'Context window of the model in tokens; the prompt was made to fit. Absent if the server did not know it.',
    },
  },
  'stage.reasoning': { text: 'A delta: a piece of reasoning of the model.', fields: delta },
  'stage.delta': { text: 'A delta: a piece of the text of the model.', fields: delta },
  'stage.completed': {
    text: 'Ends an attempt and its stage: the text is complete, or as long as the model can write.',
    fields: {
      ...ending,
      finishReason: 'Why the model stopped; `length`: the text is cut off.',
      ttftMs: 'Milliseconds from the request to the first delta of either type.',
      durationMs: 'Milliseconds from the request to the end of the attempt.',
    },
  },
  'stage.interrupted': {
    text: 'Ends an attempt before its text was complete; the text so far stays.',
    fields: {
      ...ending,
      cause: {
        text: 'What interrupted it.',
        values: {
          steer: 'a steer of mode `restart` or `continue`',
          redirect: 'a redirect',
          crash: 'a crash, a take-over or a failing log',
          length: 'the limit of output tokens; the next attempt continues the text',
        },
      },
      commandIds: 'The commands that interrupted it. Empty for `crash` and `length`.',
    },
  },
  'stage.cancelled': {
    text: 'Ends an attempt and its stage by a cancel; the text so far stays.',
    fields: ending,
  },
  'stage.failed': {
    text: 'Ends an attempt by a failure.',
    fields: {
      ...ending,
      failure: 'Why it failed.',
      retryInMs:
        'Milliseconds from `at` to the next attempt; 0: it is started in the same append. Absent: no attempt follows, and the run fails.',
    },
  },
  'review.noted': {
    text: 'An issue, as soon as the reviewer has written it. `review.recorded` has the final list.',
    fields: { issue: 'What the reviewer found.' },
  },
  'review.recorded': {
    text: 'The review as it counts.',
    fields: {
      verdict: 'The stricter of the written verdict and that of the issues.',
      issues: 'The final list: it replaces the issues noted before.',
      problems: fileTexts.problems,
    },
  },
  'artifact.recorded': {
    text: 'A file that the text of the attempt writes.',
    fields: {
      path: fileTexts.path,
      language: fileTexts.language,
      parts: 'The content: these pieces of the text of the attempt, in this order, one after the other.',
      elided: fileTexts.elided,
    },
  },
  'artifact.removed': {
    text: 'A file that the text of the attempt removes from the files of the run.',
    fields: {
      path: fileTexts.path,
      offset:
        'Where the block that asks for it begins in the text of the attempt, in UTF-16 code units, its opening line included.',
      chars: 'Length of that block in UTF-16 code units, its opening and closing lines included.',
    },
  },
  'artifact.skipped': {
    text: 'A code block that became no file. At most 100 of one text.',
    fields: {
      reason: 'Why it became no file.',
      path: fileTexts.skippedPath,
      offset: fileTexts.skippedOffset,
      chars: fileTexts.skippedChars,
    },
  },
  'command.accepted': {
    text: 'A command is accepted and durable. Exactly one `command.applied` or `command.dropped` follows.',
    fields: {
      actor: 'Who gave it.',
      command: 'The whole parsed input.',
      target:
        'The attempt that it was accepted for; in backoff the failed one. `null` while the run is queued.',
    },
  },
  'command.applied': {
    text: 'A command has acted. It does not mean that the model obeyed.',
    fields: {
      stage:
        'Of a steer, the stage whose prompt has it; else the stage that it ended. `null` if the run was queued.',
      attempt:
        'Of a steer, the attempt whose prompt has it; else the attempt that it ended, in backoff the failed one. `null` if the run was queued.',
    },
  },
  'command.dropped': {
    text: 'A command will never act.',
    fields: {
      reason: 'Why it was dropped.',
      text: 'The text of the command, for use elsewhere. Absent if it has none.',
    },
  },
  'run.completed': {
    text: 'Terminal: the last stage has ended.',
    fields: {
      verdict: 'Verdict of the last review; `none` if no review judges the last files.',
      usage: 'Tokens of all attempts of the run.',
      durationMs: 'Milliseconds from `run.started` to the end of the run.',
    },
  },
  'run.failed': {
    text: 'Terminal: the run has failed.',
    fields: { failure: 'Why it failed.', stage: 'The stage that it failed in. `null` before the first.' },
  },
  'run.cancelled': {
    text: 'Terminal: the run was cancelled.',
    fields: { actor: 'Who cancelled it.', reason: 'The reason of the cancel. Absent if it has none.' },
  },
  'run.waiting': {
    text: 'Transient, in `runs.events` only: the run waits. Not in the log; it changes no state.',
    fields: {
      ...transient,
      phase: {
        text: 'What the run waits for.',
        values: {
          queued: 'its turn',
          log: 'the log, which cannot be written at the moment',
          executor: 'the node that executes the run, which is not reached at the moment',
        },
      },
      ahead: 'How many queued runs are ahead of it. Absent in other phases than `queued`.',
      elapsedMs: 'Milliseconds since the wait began.',
    },
  },
  'stage.waiting': {
    text: 'Transient, in `runs.events` only: nothing of the stage can be shown. Not in the log; it changes no state.',
    fields: {
      ...transient,
      phase: {
        text: 'What the stage waits for, derived from the bytes on the socket of the provider.',
        values: {
          connecting: 'the provider has not answered yet',
          'first-token': 'the provider has answered, without a token yet',
          reasoning: 'bytes come, and nothing to show',
          stalled: 'no bytes for a heartbeat',
          backoff: 'no attempt is open; the next one comes in `retryInMs`',
        },
      },
      elapsedMs: 'Milliseconds since the wait began: from the request, in backoff from the failure.',
      sinceLastByteMs: 'Milliseconds since the last byte of the provider. Absent in phase `backoff`.',
      retryInMs: 'Milliseconds until the next attempt. Absent in other phases than `backoff`.',
    },
  },
  'feed.opened': {
    text: 'Transient, the first event of a feed without a cursor: it says where the feed begins.',
    fields: {
      at: 'The clock of the server.',
      cursor: 'The position: the feed after it has all that follows.',
    },
  },
};

import type { FieldDescriptions, SchemaDescriptions } from './description.ts';
import { fileTexts } from './file-fields.ts';
import { linkTexts } from './links.ts';

const delta: FieldDescriptions = {
  offset:
    'Where the delta begins, in UTF-16 code units: the length of the text that earlier events of this type gave the attempt, kept text included. A client removes its text after this offset and appends the delta.',
  text: 'The text of the delta, as the model sent it. It may begin or end in the middle of a surrogate pair.',
};

const ending: FieldDescriptions = {
  chars: 'Length of the text of the attempt at its end, kept text included, in UTF-16 code units.',
  usage: 'Tokens of the attempt.',
  cost: 'Cost of the attempt. Absent if the server has no price for its model.',
};

const totalCost = 'Cost of the run. Absent if no attempt has a cost.';

const transient: FieldDescriptions = {
  seq: 'Repeats the `seq` last sent to this subscriber.',
  firstSeq: 'Not set in transient events.',
  at: 'Time when it was sent.',
  inheritedFrom: 'Not set in transient events.',
};

/** Descriptions of the events in `shared/events.ts`. */
export const eventDescriptions: SchemaDescriptions = {
  RunEvent: { text: 'An event of `runs.events`. Open: skip unknown types, but advance past their `seq`.' },
  FeedEvent: {
    text: 'An event of `runs.feed`: all durable events except `input.recorded` and deltas; `stage.delta` on request; and `run.deleted`. The `seq` of a run has gaps here.',
  },
  'run.queued': {
    text: 'The first event of a run: it is durable and waits in the queue.',
    fields: {
      task: 'Task of the run, without white space at both ends.',
      owner: 'Owner of the run. Without authentication `local`.',
      actor: 'The principal that started the run.',
      pipeline: 'The selected roles and the number of refinements, with defaults filled in.',
      instructions: '`all` or a role → text appended to its prompts. `{}` if there is none.',
      models: '`default` or a role → model: those of the input take precedence over those of the server.',
      settings:
        '`default` or a role → how its model is called: those of the input take precedence over those of the server. Absent in runs of earlier versions.',
      limits: 'Limits of the run, with defaults filled in.',
      labels: 'Labels of the run. `{}` if there are none.',
      from: 'The run that it was started from, and where. Absent if it was not started from another run.',
      traceparent: 'The span that the trace of the run continues. Absent if the start had none.',
      digest:
        'Opaque hash of the validated input without `runId` and `traceparent`. Two starts with the same digest have the same body.',
    },
  },
  'input.recorded': {
    text: 'One context file. Follows `run.queued` in the same append.',
    fields: { path: fileTexts.path, text: 'The content of the file.' },
  },
  'run.started': { text: 'The run leaves the queue.' },
  'run.planned': {
    text: 'The plan of the run, at the start and after every change.',
    fields: {
      roles: 'Roles whose stage has not started, the next one first.',
      cause: {
        text: 'Why the plan was set.',
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
    text: 'A new executor continues the run: the first event of a new epoch.',
    fields: {
      reason: {
        text: 'Cause of the recovery.',
        values: {
          restart: 'the server restarted',
          takeover: 'another node took over the run',
          log: 'the log could not be written for some time',
        },
      },
      cutOff: 'The attempt that was open. `null` if the run was queued or in backoff.',
    },
  },
  'stage.started': {
    text: 'An attempt starts; the first attempt starts its stage.',
    fields: {
      model: 'The model that is called.',
      format: 'Format of the text.',
      cause: 'Why the attempt was started.',
      commandIds:
        'Commands whose text is in the prompt, in the order of acceptance, including those of earlier attempts and stages.',
      keptChars:
        'Length of the text that it keeps from the previous attempt, in UTF-16 code units; 0 if it keeps none.',
      promptHash:
        'Hash of the prompt as it was sent: SHA-256 in hexadecimal. `exact` of `runs.prompt` is `true` if the server still computes the same prompt. May be absent.',
      contextTokens:
        'Context window of the model in tokens; the prompt was made to fit. Absent if the server did not know it.',
    },
  },
  'stage.reasoning': { text: 'Delta: a piece of the reasoning of the model.', fields: delta },
  'stage.delta': { text: 'Delta: a piece of the text of the model.', fields: delta },
  'stage.completed': {
    text: 'Ends an attempt and its stage: the text is complete, or cut off at the output limit of the model.',
    fields: {
      ...ending,
      finishReason: 'Why the model stopped; `length`: the text is cut off.',
      ttftMs: 'Milliseconds from the request to the first delta of either type.',
      durationMs: 'Milliseconds from the request to the end of the attempt.',
    },
  },
  'stage.interrupted': {
    text: 'Ends an attempt before its text was complete; the text so far is kept.',
    fields: {
      ...ending,
      cause: {
        text: 'Cause of the interruption.',
        values: {
          steer: 'a steer of mode `restart` or `continue`',
          redirect: 'a redirect',
          crash: 'a crash, a take-over or a log failure',
          length: 'the model reached its output limit; the next attempt continues the text',
        },
      },
      commandIds: 'The commands that interrupted it. Empty for `crash` and `length`.',
    },
  },
  'stage.cancelled': {
    text: 'Ends an attempt and its stage by a cancel; the text so far is kept.',
    fields: ending,
  },
  'stage.failed': {
    text: 'Ends an attempt with a failure.',
    fields: {
      ...ending,
      failure: 'Why the attempt or the run failed.',
      retryInMs:
        'Milliseconds from `at` to the next attempt; 0: it is started in the same append. Absent: no attempt follows, and the run fails.',
    },
  },
  'review.noted': {
    text: 'An issue, emitted as soon as the reviewer has written it. `review.recorded` has the final list.',
    fields: { issue: 'The finding of the reviewer.' },
  },
  'review.recorded': {
    text: 'The final review.',
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
      parts: 'The content: the concatenation of these pieces of the text of the attempt, in this order.',
      elided: fileTexts.elided,
    },
  },
  'artifact.removed': {
    text: 'A file that the text of the attempt removes from the files of the run.',
    fields: {
      path: fileTexts.path,
      offset:
        'Where the block that requests the removal begins in the text of the attempt, in UTF-16 code units, opening line included.',
      chars: 'Length of that block in UTF-16 code units, opening and closing lines included.',
    },
  },
  'artifact.skipped': {
    text: 'A code block that did not become a file. At most 100 per text.',
    fields: {
      reason: 'Why it did not become a file.',
      path: fileTexts.skippedPath,
      offset: fileTexts.skippedOffset,
      chars: fileTexts.skippedChars,
    },
  },
  'command.accepted': {
    text: 'A command is accepted and durable. Exactly one `command.applied` or `command.dropped` follows.',
    fields: {
      actor: 'The principal that sent the command.',
      command: 'The whole validated input, with defaults filled in.',
      target:
        'The attempt that the command was accepted for; in backoff the failed one. `null` while the run is queued.',
    },
  },
  'command.applied': {
    text: 'A command was applied. It does not mean that the model obeyed.',
    fields: {
      stage:
        'For a steer, the stage whose prompt has it; otherwise the stage that the command ended. `null` if the run was queued.',
      attempt:
        'For a steer, the attempt whose prompt has it; otherwise the attempt that the command ended, in backoff the failed one. `null` if the run was queued.',
    },
  },
  'command.dropped': {
    text: 'A command was dropped: it will never be applied.',
    fields: {
      reason: 'Why it was dropped.',
      text: 'The unused text of the command. Absent if it has none.',
    },
  },
  'run.shared': {
    text: 'A link to the run was created. One of the two events that can follow the terminal event.',
    fields: { ...linkTexts, actor: 'The principal that created the link.' },
  },
  'run.unshared': {
    text: 'A link to the run was removed: it does not work any more. One of the two events that can follow the terminal event.',
    fields: { ...linkTexts, actor: 'The principal that removed the link.' },
  },
  'run.completed': {
    text: 'Terminal: the last stage has ended.',
    fields: {
      verdict: 'Verdict of the last review; `none` if no review covers the final files.',
      usage: 'Total tokens of all attempts of the run.',
      cost: totalCost,
      durationMs: 'Milliseconds from `run.started` to the end of the run.',
    },
  },
  'run.failed': {
    text: 'Terminal: the run has failed.',
    fields: {
      failure: 'Why the attempt or the run failed.',
      stage: 'The stage in which the run failed. `null` before the first.',
      cost: totalCost,
    },
  },
  'run.cancelled': {
    text: 'Terminal: the run was cancelled.',
    fields: {
      actor: 'The principal that cancelled the run.',
      reason: 'The reason of the cancel. Absent if it has none.',
      cost: totalCost,
    },
  },
  'run.waiting': {
    text: 'Heartbeat, transient, in `runs.events` only: the run waits. It is not in the log and changes no state.',
    fields: {
      ...transient,
      phase: {
        text: 'What the run is waiting for.',
        values: {
          queued: 'its turn in the queue',
          log: 'the log, which cannot be written at the moment',
          executor: 'the executor of the run, which cannot be reached at the moment',
        },
      },
      ahead: 'Number of queued runs ahead of it. Absent in phases other than `queued`.',
      elapsedMs: 'Milliseconds since the wait began.',
    },
  },
  'stage.waiting': {
    text: 'Heartbeat, transient, in `runs.events` only: the stage has produced no event for some time. It is not in the log and changes no state.',
    fields: {
      ...transient,
      phase: 'What the stage is waiting for.',
      elapsedMs: 'Milliseconds since the wait began: from the request, in backoff from the failure.',
      sinceLastByteMs:
        'Milliseconds since the last byte of the provider. Absent in phases `backoff`, `call-queued` and `throttled`.',
      retryInMs:
        'Milliseconds until the next attempt, or in phase `throttled` until the next request with the key. Absent in other phases.',
      ahead:
        'Number of calls that are sent before this one. Absent in phases other than `call-queued` and `throttled`.',
    },
  },
  'run.deleted': {
    text: 'A run was deleted by `runs.delete`. It is sent whatever labels the feed selects, since the labels of the run are deleted too. No event of the run follows.',
    fields: {
      seq: 'One more than the `seq` of the last event of the run; 1 if its log was unreadable.',
      firstSeq: 'Not set.',
      at: 'When it was deleted.',
      actor: 'The principal that deleted it.',
    },
  },
  'feed.opened': {
    text: 'Transient: the first event of a feed that was opened without a cursor. It gives the position where the feed begins.',
    fields: {
      at: 'Time of the server.',
      cursor: 'Cursor of that position: the feed after it has all later events.',
    },
  },
};

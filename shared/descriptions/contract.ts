import type { ErrorCode } from '../errors.ts';
import { defaultLimits } from '../limits.ts';
import type { ProcedureDescription, SchemaDescriptions } from './description.ts';

const lastEventId =
  'The cursor received last: the subscription continues after it. `null` or absent: from the beginning. One given beside the input (`lastEventId` of a WebSocket call, the header `Last-Event-ID`) wins.';

/** Of what `shared/contract.ts` defines. */
export const contractDescriptions: SchemaDescriptions = {
  EventsInput: {
    text: 'Input of `runs.events`.',
    fields: {
      lastEventId,
      include: 'Which events are sent. Default: all.',
      'include.reasoning':
        'Whether `stage.reasoning` is sent. Without it the event that comes next has `firstSeq`.',
    },
  },
  FeedInput: {
    text: 'Input of `runs.feed`.',
    fields: {
      lastEventId:
        'The cursor received last, of the feed: it continues after it. `null` or absent: it begins now, with `feed.opened`.',
      labels: 'Only runs that have all of these labels with these values. Default: all runs.',
      include: 'Which events are sent beside the default ones. Default: none.',
      'include.text':
        'Whether `stage.delta` is sent, merged per run over up to `feedTextWindowMs`. After a resume some text may come again: trim it by `seq`.',
    },
  },
  RunInput: { text: 'Input of `runs.get`.' },
  FilesInput: {
    text: 'Input of `runs.files`.',
    fields: {
      path: 'Only the file of this path; the answer is empty if the run has none. Default: all files.',
      at: 'The files as they were when this attempt had ended. Default: as they are now.',
    },
  },
  PromptInput: { text: 'Input of `runs.prompt`: names an attempt.' },
  ListInput: {
    text: 'Input of `runs.list`.',
    fields: {
      status: 'Only runs with one of these statuses; at least one. Default: all.',
      labels: 'Only runs that have all of these labels with these values. Default: all.',
      limit: `Runs of one page: 1 to ${defaultLimits.maxListItems}.`,
      before:
        '`next` of the page before, with the same `status` and `labels`; any other text is INVALID_INPUT. Default: the newest runs.',
    },
  },
  RunPage: {
    text: 'A page of runs.',
    fields: {
      items: 'The runs, newest queued first.',
      next: 'Pass it as `before` for the next page. Absent on the last one.',
      feedCursor:
        'A cursor of `runs.feed`, taken before the page was read: the feed after it misses nothing, and may repeat.',
    },
  },
  ServerInfo: {
    text: 'What a server is and can do.',
    fields: {
      version: 'Version of the server software.',
      protocolVersion: 'Version of the wire protocol that it speaks.',
      protocolHash: 'Hash of its contract: SHA-256 in hexadecimal. Compatible servers may have another one.',
      features: 'Words for what it can do, as `steer` and `feed`. Open: skip unknown ones.',
      roles: 'The roles that it knows, in the order of the pipeline.',
      'roles.role': 'Its name, as `coder`.',
      'roles.format': 'Format of the text that the role writes.',
      models: '`default`, and each role that has its own → the model that is used where a run names none.',
      realModel: '`false`: the default model is the offline rehearsal.',
      limits:
        'The limits that it enforces, by name. Units are in the names: Chars (UTF-16 code units), Bytes, Ms.',
      heartbeatMs: 'The longest silence in `runs.events` of a live run, in milliseconds.',
      now: 'The clock of the server.',
    },
  },
};

/** What every procedure can be refused with. */
export const commonErrors: readonly ErrorCode[] = [
  'INVALID_INPUT',
  'TOO_LARGE',
  'PROTOCOL_MISMATCH',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'OVERLOADED',
  'LOG_UNAVAILABLE',
  'INTERNAL',
];

const ofOneRun = ['RUN_NOT_FOUND', 'RUN_EXPIRED', 'RUN_UNREADABLE'] as const;
const ofCommands = [
  ...ofOneRun,
  'COMMAND_ID_CONFLICT',
  'RUN_ENDED',
  'STAGE_MISMATCH',
  'ILLEGAL_TARGET',
  'TOO_MANY_PENDING',
  'DRAINING',
  'EXECUTOR_UNREACHABLE',
] as const;

export const procedureDescriptions: Readonly<Record<string, ProcedureDescription>> = {
  'runs.start': {
    text: 'Queues a run. Idempotent with a `runId` made by the client. Answers when the run is durable.',
    errors: ['RUN_ID_CONFLICT', 'DRAINING'],
  },
  'runs.events': {
    text: 'Replays a run from its first event or after a cursor, continues live, and ends after the terminal event.',
    errors: [...ofOneRun, 'CURSOR_INVALID'],
  },
  'runs.feed': {
    text: 'Sends the events of every run of the caller, in the order of their commits, from now or after a cursor. Ends only with the connection.',
    errors: ['CURSOR_INVALID'],
  },
  'runs.steer': {
    text: 'Gives the model of a stage an instruction. Answers when the command is durable; its outcome comes as an event.',
    errors: [...ofCommands, 'LIMIT_REACHED'],
  },
  'runs.redirect': {
    text: 'Ends the current stage and goes to another role. Answers when the command is durable; its outcome comes as an event.',
    errors: ofCommands,
  },
  'runs.cancel': {
    text: 'Ends the run, or its current stage with the text so far. Answers when the command is durable; its outcome comes as an event.',
    errors: ofCommands,
  },
  'runs.get': { text: 'Answers the state of a run as it is now.', errors: ofOneRun },
  'runs.files': {
    text: 'Answers the files of a run with their texts, by their last change, oldest first: as they are now, or as they were after an attempt.',
    errors: [...ofOneRun, 'ATTEMPT_NOT_FOUND'],
  },
  'runs.prompt': {
    text: 'Answers the prompt of an attempt, of a running one too.',
    errors: [...ofOneRun, 'ATTEMPT_NOT_FOUND'],
  },
  'runs.list': { text: 'Answers a page of the runs of the caller, newest queued first.', errors: [] },
  'server.info': { text: 'Answers what the server is, its models and its limits.', errors: [] },
};

import type { ErrorCode } from '../errors.ts';
import { defaultLimits } from '../limits.ts';
import type { ProcedureDescription, SchemaDescriptions } from './description.ts';

const lastEventId =
  'The cursor that was received last: the subscription resumes after it. `null` or absent: from the beginning. A cursor outside the input (`lastEventId` of a WebSocket call, the header `Last-Event-ID`) takes precedence.';

/** Descriptions of the schemas in `shared/contract.ts`. */
export const contractDescriptions: SchemaDescriptions = {
  EventsInput: {
    text: 'Input of `runs.events`.',
    fields: {
      lastEventId,
      include: 'Events to send. Default: all.',
      'include.reasoning':
        'Whether `stage.reasoning` is sent. Where it is omitted, the next event has `firstSeq`.',
    },
  },
  FeedInput: {
    text: 'Input of `runs.feed`.',
    fields: {
      lastEventId:
        'The cursor of the feed that was received last: the subscription resumes after it. `null` or absent: it starts at the current position, with `feed.opened`.',
      owner:
        'Only runs of this owner: one of `you.owners`, or any with the permission `admin`; another one is FORBIDDEN. Default: the runs of all of `you.owners`.',
      labels: 'Only runs that have all of these labels with these values. Default: all runs.',
      include: 'Events to send in addition to the default ones. Default: none.',
      'include.text':
        'Whether `stage.delta` is sent, coalesced per run over up to `feedTextWindowMs`. After a resume some text may be sent again: ignore it by `seq`.',
    },
  },
  RunInput: { text: 'Input of `runs.get` and `runs.delete`: identifies a run.' },
  FilesInput: {
    text: 'Input of `runs.files`.',
    fields: {
      path: 'Only the file of this path; the list is empty if the run has none. Default: all files.',
      at: 'The files as they were when this attempt had ended. Default: the current files.',
    },
  },
  PromptInput: { text: 'Input of `runs.prompt`: identifies an attempt.' },
  ListInput: {
    text: 'Input of `runs.list`.',
    fields: {
      owner:
        'Only runs of this owner: one of `you.owners`, or any with the permission `admin`; another one is FORBIDDEN. Default: the runs of all of `you.owners`.',
      status: 'Only runs with one of these statuses; at least one status. Default: all.',
      labels: 'Only runs that have all of these labels with these values. Default: all.',
      limit: `Runs per page: 1 to ${defaultLimits.maxListItems}.`,
      before:
        '`next` of the previous page, with the same `owner`, `status`, `labels` and `search`; any other text is INVALID_INPUT. Default: the newest runs.',
      search:
        'Only runs that have every word of this text, in any case: in the first 200 chars of the task, in the value of a label, or as the beginning of the run id. White space separates words, and is removed at both ends. Default: all runs.',
    },
  },
  RunPage: {
    text: 'A page of runs.',
    fields: {
      items: 'The runs, most recently queued first.',
      next: 'Send it as `before` to get the next page. Absent on the last page. A page with `next` can have fewer runs than `limit`, even none, if the server has read many runs that do not match.',
      feedCursor:
        'A cursor of `runs.feed`, taken before the page was read: the feed after it misses no event, but may repeat events that the page already includes.',
    },
  },
  ExportTracesInput: {
    text: 'Input of `traces.export`: from when on runs are exported.',
    fields: {
      since: 'Only runs that were queued at this instant or later, of all owners.',
      before: '`next` of the previous page; any other text is INVALID_INPUT. Default: the newest runs.',
    },
  },
  ExportedTraces: {
    text: 'What was exported of one page of runs.',
    fields: {
      runs: 'Number of runs.',
      spans: 'Number of spans that the receiver has accepted: those that have ended.',
      next: 'Send it as `before` to export the next page. Absent on the last page.',
    },
  },
  AuditInput: {
    text: 'Input of `audit.list`: which of the records are returned.',
    fields: {
      since: 'Only what happened at this instant or later.',
      actor: 'Only what this actor did: its id, or its name. Default: all.',
      owner: 'Only what belongs to this owner. Default: all owners.',
      runId: 'Only what was done with this run. Default: everything.',
      limit: 'Maximum number of items.',
      after: '`next` of the previous page; any other text is INVALID_INPUT. Default: from `since`.',
    },
  },
  AuditEntry: {
    text: 'Something that an actor did. It contains no text of a run or a command, and nothing of a secret.',
    fields: {
      at: 'When it happened.',
      kind: {
        text: 'What it is about.',
        values: {
          run: 'it is in the log of the run, or of its deletion',
          access: 'a call of an administrator for runs of another owner, whether or not it had an effect',
          key: 'a change of an access key',
          session: 'a browser has signed in or out',
        },
      },
      actor:
        'Who did it: the id, and the name if the credential has one. An id `command:…` is a user of the machine that wrote the data directory or the database directly.',
      'actor.id': 'The id of the actor, as in events.',
      'actor.name': 'Its name. Absent if the credential has none.',
      owner: 'Of the run, the access key or the session. `*`: of all owners.',
      procedure:
        'What was done: the path of a procedure, a route of HTTP, or `session.create` and `session.end`.',
      runId: 'The run. Absent if it is not about one.',
      subject: 'The id of the command, of the link or of the access key. Absent if there is none.',
      times: 'How many equal ones within a quarter of a second this is.',
      node: 'The node that recorded it, or `command`. Absent for the log of runs, and on a server with an embedded log.',
    },
  },
  AuditPage: {
    text: 'One page of audit records, oldest first. A page looks at a limited part of the log: it may have no items although there is a next page.',
    fields: {
      items: 'The records, in the order of time.',
      scanned: 'How many events and records the server has looked at for this page.',
      next: 'Send it as `after` to get the next page. Absent on the last page.',
    },
  },
  DeleteReceipt: {
    text: 'Confirms that a run is deleted: no call returns any of its data from now on. The same for every call of its owner.',
    fields: {
      deletedAt: 'When it was deleted, by the first call.',
      actor: 'The principal that deleted it.',
    },
  },
  Identity: {
    text: 'Who a caller is, and what it may do.',
    fields: {
      actor: 'Its identity in events.',
      owner: 'Owner of the runs that it starts, if a start names none.',
      owners: 'The owners whose runs it can access, `owner` first.',
      permissions: 'What it may do. `admin` includes all others.',
      link: 'The link to a run with which it was authenticated: it can access this run only. Absent: none.',
      'link.runId': 'The only run that it can access.',
      'link.shareId': 'Id of the link, as in `run.shared`.',
      'link.may': 'What the link permits.',
      session: '`true`: it signed in to a session of the console, and can sign out.',
      expiresAt: 'When its credential expires. Absent: never.',
    },
  },
  ServerInfo: {
    text: 'Version, roles, models, capabilities and limits of a server.',
    fields: {
      version: 'Version of the server software.',
      protocolVersion: 'Protocol version that the server implements.',
      protocolHash:
        'Hash of the contract: SHA-256 in hexadecimal. A compatible server may have another hash.',
      features: 'Names of capabilities, for example `steer` and `feed`. Open: ignore unknown ones.',
      roles: 'The roles that the server knows, in the order of the pipeline.',
      'roles.role': 'Name of the role, for example `coder`.',
      'roles.format': 'Format of the text that the role writes.',
      models:
        '`default`, and each role with a model of its own → the model that is used if a run names none.',
      realModel: '`false`: the default model is the rehearsal, the built-in simulated model.',
      prices: 'The price list that costs are computed with. Absent if the server has none.',
      'prices.date': 'Date of the price list, as in `Cost.pricesOf`.',
      'prices.currency': 'Currency of its prices and of new costs.',
      limits:
        'The limits that the server enforces, by name. The unit is part of the name: Chars (UTF-16 code units), Bytes, Ms.',
      heartbeatMs:
        'The longest time without an event in `runs.events` of a live run, in milliseconds; then the server sends a heartbeat.',
      now: 'The clock of the server.',
      auth: 'Ways to authenticate. Empty: none, and every caller is the same local user.',
      oidc: 'How people sign in with OpenID Connect. Absent: they cannot.',
      'oidc.issuer': 'Issuer of the tokens, a URL.',
      'oidc.clientId': 'Client id of this server at the issuer. It is not secret.',
      quotas:
        'The limits of the owner of the caller, `you.owner`, and how much of each is used. Absent if it has none.',
      you: 'The caller. `null` if it is not authenticated: then `roles` and `features` are empty, `models` and `limits` too, `prices` is absent, and `realModel` is `false`.',
    },
  },
};

/** Error codes that every procedure can return. */
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
    text: 'Queues a run. Idempotent with a `runId` that the client generates. Returns when the run is durable.',
    errors: [
      'RUN_ID_CONFLICT',
      'DRAINING',
      'RUN_NOT_FOUND',
      'RUN_EXPIRED',
      'RUN_UNREADABLE',
      'RUN_NOT_ENDED',
      'ATTEMPT_NOT_FOUND',
    ],
  },
  'runs.events': {
    text: 'Replays a run from its first event or after a cursor, sends new events as they are committed, and ends after the terminal event.',
    errors: [...ofOneRun, 'CURSOR_INVALID'],
  },
  'runs.feed': {
    text: 'Sends the events of all runs of the owners of the caller, or of one of them, in the order of their commits, from the current position or after a cursor. Ends only when the connection is closed.',
    errors: ['CURSOR_INVALID'],
  },
  'runs.steer': {
    text: 'Gives the model of a stage an instruction. Returns when the command is durable; its outcome follows as an event.',
    errors: [...ofCommands, 'LIMIT_REACHED'],
  },
  'runs.redirect': {
    text: 'Ends the current stage and continues with another role. Returns when the command is durable; its outcome follows as an event.',
    errors: ofCommands,
  },
  'runs.cancel': {
    text: 'Ends the run, or its current stage with the text so far. Returns when the command is durable; its outcome follows as an event.',
    errors: ofCommands,
  },
  'runs.share': {
    text: 'Creates a link with which everyone who has it can read the run, or control it as well. Also after the end of the run. Returns when the link is durable.',
    errors: [
      ...ofOneRun,
      'COMMAND_ID_CONFLICT',
      'SHARING_UNAVAILABLE',
      'TOO_MANY_SHARES',
      'DRAINING',
      'EXECUTOR_UNREACHABLE',
    ],
  },
  'runs.unshare': {
    text: 'Removes a link to a run, and closes its connections. Returns when this is durable.',
    errors: [...ofOneRun, 'COMMAND_ID_CONFLICT', 'SHARE_NOT_FOUND', 'DRAINING', 'EXECUTOR_UNREACHABLE'],
  },
  'runs.delete': {
    text: 'Deletes a run that has ended or is `unreadable`, with all its data. Idempotent. Returns when this is durable.',
    errors: ['RUN_NOT_FOUND', 'RUN_EXPIRED', 'RUN_NOT_ENDED'],
  },
  'runs.get': { text: 'Returns the current state of a run.', errors: ofOneRun },
  'runs.files': {
    text: 'Returns the files of a run with their texts, ordered by last change, oldest first: the current ones, or those after an attempt.',
    errors: [...ofOneRun, 'ATTEMPT_NOT_FOUND'],
  },
  'runs.prompt': {
    text: 'Returns the prompt of an attempt, also of a running one.',
    errors: [...ofOneRun, 'ATTEMPT_NOT_FOUND'],
  },
  'runs.list': {
    text: 'Returns a page of the runs of the owners of the caller, or of one of them, most recently queued first.',
    errors: [],
  },
  'models.list': {
    text: 'Returns the models that runs can name, by provider, with the reason where they cannot be listed. The answer of a provider is kept for `modelListKeptMs`.',
    errors: [],
  },
  'keys.create': {
    text: 'Creates an access key, of which the server receives only a hash. Idempotent with the `id` that the client generates. Returns when the key is durable.',
    errors: ['KEY_ID_CONFLICT'],
  },
  'keys.list': {
    text: 'Returns all access keys, newest first, expired and revoked ones included.',
    errors: [],
  },
  'keys.revoke': {
    text: 'Revokes an access key for good, and closes its connections. Idempotent.',
    errors: ['KEY_NOT_FOUND'],
  },
  'traces.export': {
    text: 'Exports the spans of a page of earlier runs again, under the same ids. Returns when the receiver has accepted them.',
    errors: [],
  },
  'audit.list': {
    text: 'Returns who did what, of all owners and all nodes, oldest first: starts, commands, links and deletions of runs, accesses of administrators to runs of other owners, changes of access keys, and sessions.',
    errors: [],
  },
  'session.refresh': {
    text: 'Replaces the identity of this WebSocket connection for all later calls: its permissions and its expiry. The token must be of the same owner; one that is rejected changes nothing. Over HTTP it only checks the token.',
    errors: [],
  },
  'server.info': {
    text: 'Returns the version, roles, models, capabilities and limits of the server.',
    errors: [],
  },
};

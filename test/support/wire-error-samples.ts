import { accessErrorSamples } from './access-error-samples.ts';
import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';

const runId = 'run_1';
const commandId = 'c1';
const place = { runId, stage: 2, attempt: 3 };
const actual = { stage: 2, role: 'coder', attempt: 1 };
const issues = [
  { field: 'models.coder', message: '"x" is not a model.' },
  { field: '', message: 'expected an object' },
];

/** Every entry of the catalogue: its name, an error made by it, and its message. */
export const wireErrorSamples: readonly (readonly [name: string, error: StagewireError, message: string])[] =
  [
    [
      'INVALID_INPUT.fields',
      wireErrors.INVALID_INPUT.fields(issues),
      'Invalid input: models.coder: "x" is not a model; expected an object.',
    ],
    [
      'INVALID_INPUT.notJson',
      wireErrors.INVALID_INPUT.notJson('Unexpected end of JSON input'),
      'Invalid JSON: Unexpected end of JSON input.',
    ],
    [
      'INVALID_INPUT.request',
      wireErrors.INVALID_INPUT.request('Unsupported content type.'),
      'Invalid request: Unsupported content type.',
    ],
    ['INVALID_INPUT.unreadable', wireErrors.INVALID_INPUT.unreadable(), 'The request cannot be parsed.'],
    ['INVALID_INPUT.url', wireErrors.INVALID_INPUT.url(), 'The URL of the request cannot be parsed.'],
    [
      'INVALID_INPUT.nestedTooDeeply',
      wireErrors.INVALID_INPUT.nestedTooDeeply(),
      'The JSON of the body is nested too deeply.',
    ],
    [
      'INVALID_INPUT.bodyStalled',
      wireErrors.INVALID_INPUT.bodyStalled(15_000),
      'The body is incomplete: no data for 15000 ms.',
    ],
    [
      'INVALID_INPUT.method',
      wireErrors.INVALID_INPUT.method('PUT'),
      'Method PUT is not supported. Use GET or POST.',
    ],
    [
      'INVALID_INPUT.noProcedure',
      wireErrors.INVALID_INPUT.noProcedure(),
      'No procedure named. Connect with a WebSocket, or call one by URL: /trpc/server.info.',
    ],
    [
      'INVALID_INPUT.manyHosts',
      wireErrors.INVALID_INPUT.manyHosts(),
      'The request has more than one Host header.',
    ],
    ['INVALID_INPUT.noHost', wireErrors.INVALID_INPUT.noHost(), 'The Host header is missing or malformed.'],
    [
      'INVALID_INPUT.binaryFrame',
      wireErrors.INVALID_INPUT.binaryFrame(),
      'Invalid message: expected JSON in a text frame, got a binary frame.',
    ],
    [
      'INVALID_INPUT.emptyBatch',
      wireErrors.INVALID_INPUT.emptyBatch(),
      'Invalid message: the batch is empty.',
    ],
    [
      'INVALID_INPUT.batchTooLarge',
      wireErrors.INVALID_INPUT.batchTooLarge(64),
      'Too many calls in one message (limit 64).',
    ],
    ['INVALID_INPUT.noCallId', wireErrors.INVALID_INPUT.noCallId(), 'Invalid call: it has no id.'],
    [
      'INVALID_INPUT.callIdTooLong',
      wireErrors.INVALID_INPUT.callIdTooLong(256),
      'Invalid call: its id is too long (limit 256 chars).',
    ],
    [
      'INVALID_INPUT.callIdRounded',
      wireErrors.INVALID_INPUT.callIdRounded(),
      'Invalid call: its id is a number beyond 2^53 - 1, which JSON parsers round. Send it as a string.',
    ],
    [
      'INVALID_INPUT.callIdInUse',
      wireErrors.INVALID_INPUT.callIdInUse(7),
      'Invalid call: id 7 belongs to an open subscription on this connection. Use another id.',
    ],
    [
      'INVALID_INPUT.connectionParams',
      wireErrors.INVALID_INPUT.connectionParams(),
      'The connection parameters are not a JSON object in a text frame.',
    ],
    [
      'UNKNOWN_PROCEDURE.procedure',
      wireErrors.UNKNOWN_PROCEDURE.procedure('runs.pause'),
      'Unknown procedure "runs.pause".',
    ],
    ['UNKNOWN_PROCEDURE.url', wireErrors.UNKNOWN_PROCEDURE.url(), 'Nothing is served at this URL.'],
    [
      'UNKNOWN_PROCEDURE.basePath',
      wireErrors.UNKNOWN_PROCEDURE.basePath('/tools'),
      'Nothing is served at this URL. All URLs are below /tools/.',
    ],
    [
      'UNKNOWN_PROCEDURE.socketPath',
      wireErrors.UNKNOWN_PROCEDURE.socketPath('/trpc'),
      'WebSockets are served at /trpc only.',
    ],
    ['RUN_NOT_FOUND', wireErrors.RUN_NOT_FOUND(runId), 'Run run_1 does not exist.'],
    ['RUN_EXPIRED', wireErrors.RUN_EXPIRED(runId), 'Run run_1 was deleted, or removed by retention.'],
    [
      'ATTEMPT_NOT_FOUND.notEnded',
      wireErrors.ATTEMPT_NOT_FOUND.notEnded(place),
      'Run run_1 has no attempt 3 of stage 2, or it has not ended.',
    ],
    [
      'ATTEMPT_NOT_FOUND.missing',
      wireErrors.ATTEMPT_NOT_FOUND.missing(place),
      'Run run_1 has no attempt 3 of stage 2.',
    ],
    ['ATTEMPT_NOT_FOUND.noStage', wireErrors.ATTEMPT_NOT_FOUND.noStage(place), 'Run run_1 has no stage 2.'],
    [
      'ATTEMPT_NOT_FOUND.unknownRole',
      wireErrors.ATTEMPT_NOT_FOUND.unknownRole('oracle', place),
      'This server has no role "oracle", so it cannot reconstruct the prompt of the attempt.',
    ],
    [
      'RUN_UNREADABLE',
      wireErrors.RUN_UNREADABLE(runId, 'the event with seq 5 is damaged'),
      'The log of run run_1 is damaged: the event with seq 5 is damaged.',
    ],
    ['RUN_ENDED', wireErrors.RUN_ENDED('failed'), 'The run has ended: failed.'],
    [
      'RUN_NOT_ENDED',
      wireErrors.RUN_NOT_ENDED(runId, 'running'),
      'Run run_1 has not ended yet: it is running.',
    ],
    [
      'RUN_ID_CONFLICT.taken',
      wireErrors.RUN_ID_CONFLICT.taken(runId),
      'Run id run_1 was already used for a start with a different body. Use a new run id.',
    ],
    [
      'RUN_ID_CONFLICT.removed',
      wireErrors.RUN_ID_CONFLICT.removed(runId),
      'Run id run_1 belongs to a run that was deleted, or removed by retention. Use a new run id.',
    ],
    [
      'STAGE_MISMATCH',
      wireErrors.STAGE_MISMATCH({ expected: { stage: 1, attempt: 2 }, actual }),
      'The command expects stage 1, attempt 2, but the run is in stage 2 (coder), attempt 1.',
    ],
    [
      'ILLEGAL_TARGET.jsonOutput',
      wireErrors.ILLEGAL_TARGET.jsonOutput(commandId, 'reviewer'),
      'The output of the reviewer is JSON, which cannot be continued. Use mode restart or next.',
    ],
    [
      'ILLEGAL_TARGET.unknownRole',
      wireErrors.ILLEGAL_TARGET.unknownRole(commandId, 'poet'),
      'Unknown role "poet".',
    ],
    [
      'ILLEGAL_TARGET.noStage',
      wireErrors.ILLEGAL_TARGET.noStage(commandId),
      'The run is queued, so there is no stage to cancel. Cancel the run instead.',
    ],
    [
      'COMMAND_ID_CONFLICT',
      wireErrors.COMMAND_ID_CONFLICT(commandId),
      'The command id was already used with a different body. Use a new UUID for every command.',
    ],
    [
      'TOO_MANY_PENDING',
      wireErrors.TOO_MANY_PENDING(20),
      'Too many pending commands (limit 20). Retry after one has been applied.',
    ],
    [
      'TOO_LARGE.fields',
      wireErrors.TOO_LARGE.fields([{ field: 'task', message: 'has more than 10 characters' }]),
      'Input too large: task: has more than 10 characters.',
    ],
    [
      'TOO_LARGE.contextFiles',
      wireErrors.TOO_LARGE.contextFiles(30, 20),
      'Input too large: files: has 30 characters in all files together (limit 20).',
    ],
    ['TOO_LARGE.answer', wireErrors.TOO_LARGE.answer(100), 'The answer is too large (limit 100 bytes).'],
    [
      'TOO_LARGE.answers',
      wireErrors.TOO_LARGE.answers(100),
      'The answers to one request are too large together (limit 100 bytes). Send several requests.',
    ],
    ['TOO_LARGE.body', wireErrors.TOO_LARGE.body(100), 'The body is too large (limit 100 bytes).'],
    ['TOO_LARGE.request', wireErrors.TOO_LARGE.request(), 'The request is too large.'],
    [
      'CURSOR_INVALID.run',
      wireErrors.CURSOR_INVALID.run(),
      'The cursor is not a position in the log of this run. Omit it, or use the one that runs.get or runs.list returns.',
    ],
    [
      'CURSOR_INVALID.feed',
      wireErrors.CURSOR_INVALID.feed(),
      'The cursor is not a position in the log of all runs. Omit it, or use the one that runs.get or runs.list returns.',
    ],
    [
      'CURSOR_INVALID.lostRun',
      wireErrors.CURSOR_INVALID.lostRun(),
      'The log of this run does not have the event of this cursor, as after a restore to an earlier state. Discard what you have received, and subscribe without a cursor or with the one that runs.get returns.',
    ],
    [
      'CURSOR_INVALID.lostFeed',
      wireErrors.CURSOR_INVALID.lostFeed(),
      'The log does not have the event of this cursor, as after a restore to an earlier state. Discard what you have received, and subscribe without a cursor or with the one that runs.list returns.',
    ],
    [
      'PROTOCOL_MISMATCH',
      wireErrors.PROTOCOL_MISMATCH({ server: '2', client: '1' }),
      'The server speaks protocol version 2, the client 1. Update the older one.',
    ],
    ...accessErrorSamples,
    [
      'OVERLOADED.subscriptions',
      wireErrors.OVERLOADED.subscriptions(64),
      'Too many subscriptions on this connection (limit 64). End one, or open another connection.',
    ],
    [
      'OVERLOADED.limit',
      wireErrors.OVERLOADED.limit({
        limit: 'startsPerMinute',
        scope: 'owner',
        max: 10,
        retryAfterMs: 4200,
      }),
      'Too many starts per minute of this owner (limit 10). Retry in 5 s.',
    ],
    [
      'OVERLOADED.log',
      wireErrors.OVERLOADED.log(2400),
      'The event log is overloaded: a write takes 2 s. Retry later.',
    ],
    [
      'OVERLOADED.memory',
      wireErrors.OVERLOADED.memory('answer'),
      'Not enough memory for this answer. Retry later.',
    ],
    [
      'OVERLOADED.collector',
      wireErrors.OVERLOADED.collector(),
      'The receiver of traces does not accept spans. Retry later.',
    ],
    [
      'OVERLOADED.callerGone',
      wireErrors.OVERLOADED.callerGone(),
      'The caller disconnected before the answer was ready.',
    ],
    ['OVERLOADED.starting', wireErrors.OVERLOADED.starting(), 'The server is starting. Retry in a moment.'],
    [
      'OVERLOADED.identityProvider',
      wireErrors.OVERLOADED.identityProvider(),
      'The server cannot verify tokens at the moment: it has not reached their issuer yet. Retry later.',
    ],
    [
      'OVERLOADED.credentials',
      wireErrors.OVERLOADED.credentials(),
      'The server cannot check credentials at the moment: their database is unavailable. Retry later.',
    ],
    ['DRAINING', wireErrors.DRAINING(), 'The server is shutting down. Retry later.'],
    [
      'LOG_UNAVAILABLE.general',
      wireErrors.LOG_UNAVAILABLE.general(),
      'The event log is unavailable. Retry later.',
    ],
    [
      'LOG_UNAVAILABLE.notStarted',
      wireErrors.LOG_UNAVAILABLE.notStarted(),
      'The event log is unavailable. The run was not started. Retry later.',
    ],
    [
      'LOG_UNAVAILABLE.perhapsStarted',
      wireErrors.LOG_UNAVAILABLE.perhapsStarted(),
      'The event log is unavailable. The run may have been started. Retry with the same runId.',
    ],
    [
      'LOG_UNAVAILABLE.notAccepted',
      wireErrors.LOG_UNAVAILABLE.notAccepted(),
      'The event log is unavailable. The command was not accepted. Retry later.',
    ],
    [
      'LOG_UNAVAILABLE.perhapsAccepted',
      wireErrors.LOG_UNAVAILABLE.perhapsAccepted(),
      'The event log is unavailable. The command may have been accepted. Retry with the same commandId.',
    ],
    [
      'EXECUTOR_UNREACHABLE',
      wireErrors.EXECUTOR_UNREACHABLE(runId),
      'The node that executes the run is unreachable. Retry with the same commandId.',
    ],
    [
      'LIMIT_REACHED',
      wireErrors.LIMIT_REACHED(10),
      'The stage is in its last attempt (limit 10). Steer the next stage, redirect or cancel.',
    ],
    [
      'INTERNAL.call',
      wireErrors.INTERNAL.call(),
      'Internal error. It was logged on the server; a retry may succeed.',
    ],
    [
      'INTERNAL.authentication',
      wireErrors.INTERNAL.authentication(),
      'Internal error while authenticating the caller. It was logged on the server; a retry may succeed.',
    ],
  ];

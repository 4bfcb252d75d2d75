import { errorReason } from './error-reason.ts';

/**
 * Why the server closes a WebSocket, in words: the reason of the close frame, for a log or a person. A client decides by
 * the close code. A refused connection is closed with its error code as the reason, and one whose identity has ended with its `errorReason`. At most 123 bytes each, as the frame has room for.
 */
export const closeReasons = {
  identityEnded: errorReason,
  slowConsumer: () => 'slow consumer; reconnect with your last cursor',
  tooManyMalformed: () => 'too many malformed messages',
  noConnectionParams: () => 'connection parameters were announced, but not sent in time',
  messageStalled: (idleMs: number) => `incomplete message: no data for ${idleMs} ms`,
  messageTooSlow: (deadlineMs: number) => `incomplete message after ${deadlineMs} ms`,
  noMemory: () => 'not enough memory for a message as large as this one; retry later',
  restart: () => 'the server is restarting; reconnect with your last cursor',
} satisfies Readonly<Record<string, (...facts: never[]) => string>>;

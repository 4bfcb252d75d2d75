/** What users of `@stagewire/client` import. Nothing here loads zod or any code of the server. */
export { connect } from './connect.ts';
export type { ConnectOptions, FeedOptions, Stagewire } from './connect.ts';
export type { ConnectionState } from './connection.ts';
export type { Token } from './token.ts';
export type {
  AcceptedCommand,
  AttemptPlace,
  CancelOptions,
  CommandOptions,
  CommandOutcome,
  EventsOptions,
  FilesOptions,
  RedirectOptions,
  Run,
  SteerOptions,
} from './run.ts';
export type { EventStream } from './event-stream.ts';
export type { Procedures } from './procedures.ts';
export type { CallOptions } from './call.ts';
export type { BackoffOptions } from './backoff.ts';
export type { ClientClock } from './client-clock.ts';
export { clientErrors, StagewireClientError } from './client-error.ts';
export type { ClientErrorCode } from './client-error.ts';
export { CLIENT_VERSION } from './client-version.ts';
export { fold, isDelta, isEnding, isTerminal, isTransient, mergeDeltas, targetOf } from './run-state.ts';
export { errorTable, failureTable, StagewireError } from '@stagewire/shared';
export * from './generated/contract.ts';

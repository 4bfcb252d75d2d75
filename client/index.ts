/** The entry `@stagewire/client`. Nothing here loads zod or code of the server. */
export { connect } from './connect.ts';
export type { FeedOptions, Stagewire } from './stagewire.ts';
export type { ConnectOptions } from './connect-options.ts';
export type { ConnectionState } from './transport/connection-state.ts';
export { mayCall } from './may-call.ts';
export type { OnUnauthenticated } from './transport/renewal.ts';
export type { Token } from './transport/token.ts';
export type {
  AcceptedCommand,
  CancelOptions,
  CommandOptions,
  CommandOutcome,
  EventsOptions,
  FilesOptions,
  RedirectOptions,
  Run,
  SteerOptions,
} from './run.ts';
export type { CommandInput } from './send-command.ts';
export type { RunLinks, ShareOptions, UnshareOptions } from './run-links.ts';
export type { EventStream } from './streams/event-stream.ts';
export type { Procedures } from './procedures.ts';
export type { CallOptions } from './transport/call.ts';
export type { BackoffOptions } from './transport/backoff.ts';
export type { ClientClock } from './transport/client-clock.ts';
export { clientErrors, StagewireClientError } from './transport/client-error.ts';
export type { ClientErrorCode } from './transport/client-error.ts';
export { CLIENT_VERSION } from './transport/client-version.ts';
export {
  addUsage,
  defaultSteerMode,
  fold,
  isDelta,
  isEnded,
  isEnding,
  isTerminal,
  isTransient,
  mergeDeltas,
  noUsage,
  targetOf,
} from './streams/run-state.ts';
export type { AttemptPlace } from './files/attempt-place.ts';
export { fileText, fileVersions, filesAt } from './files/run-files.ts';
export type { FilesAt, FileVersion } from './files/run-files.ts';
export { randomCommandId, randomRunId } from './random-id.ts';
export { errorTable, failureTable, StagewireError } from '@stagewire/shared';
export type { ErrorDetails, InputIssue } from '@stagewire/shared';
export { defaultLimits } from '@stagewire/shared';
export { codeOf } from '@stagewire/shared/caught-error';
export { defaultRoles } from '@stagewire/shared/default-roles';
export { failureAdvice } from '@stagewire/shared/failure-advice';
export type { AdviceSettings } from '@stagewire/shared/failure-advice';
export { runIdPattern } from '@stagewire/shared/id-patterns';
export { unitMs } from '@stagewire/shared/units/amount';
export { addAmounts } from '@stagewire/shared/decimal';
export { amountText, costText } from '@stagewire/shared/units/cost';
export { budgetText } from '@stagewire/shared/units/budget';
export type { BudgetedRun } from '@stagewire/shared/units/budget';
export type { ShownCost } from '@stagewire/shared/units/cost';
export { counted, grouped } from '@stagewire/shared/units/count';
export { duration, timeLeft, wholeSeconds } from '@stagewire/shared/units/duration';
export * from './generated/contract.ts';

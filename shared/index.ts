/** Code that server and client share at run time. Nothing here loads zod; the schemas are in `./contract.ts`. */
export { closeCodes, errorTable, failureTable, StagewireError } from './errors.ts';
export type { ErrorCode, FailureCode, WireError } from './errors.ts';
export type { ErrorDetails, InputIssue } from './error-details.ts';
export { defaultSteerMode, expectOf, isExpected, isPast, targetOf } from './command-target.ts';
export { formatCursor, parseCursor } from './cursor.ts';
export type { Position } from './cursor.ts';
export { isDelta, isEnding, isTerminal, isTransient } from './event-kinds.ts';
export { fnv1a } from './fnv-1a.ts';
export { fold } from './fold.ts';
export { addUsage, noUsage } from './state-changes.ts';
export { isLinkCommand, isLinkEvent } from './link-kinds.ts';
export { defaultLimits } from './limits.ts';
export type { Limits } from './limits.ts';
export { continuesDelta, mergeDeltas } from './merge.ts';
export { isEnded, summarize } from './run-summary.ts';
export { totalCost } from './total-cost.ts';
export { PROTOCOL_HASH } from './protocol-hash.ts';
export { PROTOCOL_VERSION } from './version.ts';

export type * from './commands.ts';
export type * from './events.ts';
export type { AccessKey, CreateKeyInput } from './keys.ts';
export type { LinkCommand, RunCommand, RunShare, ShareInput, ShareReceipt, UnshareInput } from './links.ts';
export type { LimitName, LimitScope } from './limit-names.ts';
export type { ListedModel, ModelList, ProviderModels } from './model-list.ts';
export type * from './primitives.ts';
export type { Quota } from './quotas.ts';
export type * from './state.ts';
export type {
  DeleteReceipt,
  EventsInput,
  FeedInput,
  FilesInput,
  Identity,
  ListInput,
  PromptInput,
  ProcedurePath,
  RunPage,
  ServerInfo,
} from './contract.ts';

// Written without the schemas: installing the client then brings none of them, not even as a type.

import type { LimitName, LimitScope } from './limit-names.ts';

/** One fault of an input: which field, and what is wrong with it. */
export interface InputIssue {
  /** Dotted, as in `files.0.text`; empty for the input as a whole. */
  readonly field: string;
  /** For a person, as a part of a sentence. */
  readonly message: string;
}

/** Which run an error is about. */
interface OfRun {
  readonly runId: string;
}

/** Which attempt of a run an error is about. */
interface OfAttempt extends OfRun {
  /** Ordinal of the stage in its run, from 1. */
  readonly stage: number;
  /** Ordinal of the attempt in its stage, from 1. */
  readonly attempt: number;
}

/**
 * What `details` of a `StagewireError` holds, by its code. `undefined`: nothing, or nothing in this case. `unknown`: what
 * the application that serves Stagewire has given. Open: a later version of the server may add fields.
 */
export interface ErrorDetails {
  /** `undefined` if the message could not be read at all, so that no field is at fault. */
  readonly INVALID_INPUT: { readonly issues: readonly InputIssue[] } | undefined;
  /** Nothing. */
  readonly UNKNOWN_PROCEDURE: undefined;
  /** Which run. */
  readonly RUN_NOT_FOUND: OfRun;
  /** Which run. */
  readonly RUN_EXPIRED: OfRun;
  /** Which attempt. */
  readonly ATTEMPT_NOT_FOUND: OfAttempt;
  /** `problem`: what is damaged. */
  readonly RUN_UNREADABLE: OfRun & { readonly problem: string };
  /** `status`: how the run has ended. */
  readonly RUN_ENDED: { readonly status: 'completed' | 'failed' | 'cancelled' };
  /** Which run. `status`: what it is now. */
  readonly RUN_NOT_ENDED: OfRun & { readonly status: 'queued' | 'running' };
  /** Which run id. */
  readonly RUN_ID_CONFLICT: OfRun;
  /** Which access key. */
  readonly KEY_NOT_FOUND: { readonly id: string };
  /** Which id of an access key. */
  readonly KEY_ID_CONFLICT: { readonly id: string };
  /** Which link of which run. */
  readonly SHARE_NOT_FOUND: OfRun & { readonly shareId: string };
  /** Nothing. */
  readonly SHARING_UNAVAILABLE: undefined;
  /** The limit: of links that work, or of all links that were ever created. */
  readonly TOO_MANY_SHARES: {
    readonly maxSharesPerRun?: number | undefined;
    readonly maxSharesEverPerRun?: number | undefined;
  };
  /** What the command expects, and where the run is. */
  readonly STAGE_MISMATCH: {
    /** `expect` of the command. */
    readonly expected:
      'any' | { readonly stage: number; readonly attempt?: number | undefined } | { readonly role: string };
    /** Where the command would act now; `null` while the run is queued. */
    readonly actual: { readonly stage: number; readonly role: string; readonly attempt: number } | null;
  };
  /** Which command, and why it cannot act. */
  readonly ILLEGAL_TARGET: {
    readonly commandId: string;
    /**
     * - `json_output`: the stage writes JSON, which cannot be continued
     * - `unknown_role`: the server has no such role
     * - `no_stage`: the run is queued, so no stage can be cancelled
     */
    readonly reason: 'json_output' | 'unknown_role' | 'no_stage';
    /** Of the stage, or the one that does not exist; absent with `no_stage`. */
    readonly role?: string | undefined;
  };
  /** Which command id. */
  readonly COMMAND_ID_CONFLICT: { readonly commandId: string };
  /** The limit. */
  readonly TOO_MANY_PENDING: { readonly maxPendingCommands: number };
  /** What is too large: fields of the input (`issues`), the message or body of the request, or the answer. */
  readonly TOO_LARGE:
    | {
        readonly issues?: readonly InputIssue[] | undefined;
        /** The limit of an answer, or of all answers to one request together, in bytes. */
        readonly maxAnswerBytes?: number | undefined;
        /** The limit of a message or body, in bytes. */
        readonly maxMessageBytes?: number | undefined;
        /** The limit of all context files together, in chars; then `chars` is what they have, and `field` is `files`. */
        readonly maxFilesChars?: number | undefined;
        readonly chars?: number | undefined;
        readonly field?: string | undefined;
      }
    | undefined;
  /** Nothing. */
  readonly CURSOR_INVALID: undefined;
  /** The two versions. `server` is absent if the client knows only the close code of the WebSocket. */
  readonly PROTOCOL_MISMATCH: { readonly server?: string | undefined; readonly client: string };
  /** What the application has given. */
  readonly UNAUTHENTICATED: unknown;
  /** What the application has given. */
  readonly FORBIDDEN: unknown;
  /** `retryAfterMs`: when the next attempt to authenticate is accepted. Otherwise what the application has given. */
  readonly RATE_LIMITED: unknown;
  /** The limit, where a number is the limit. */
  readonly OVERLOADED:
    | {
        /** Subscriptions of one connection. */
        readonly maxSubscriptions?: number | undefined;
        /** Runs that wait for their start. */
        readonly maxQueuedRuns?: number | undefined;
        /** When the call may be accepted again. */
        readonly retryAfterMs?: number | undefined;
        /** Which limit of an owner or of the server is reached. */
        readonly limit?: LimitName | undefined;
        /** Whether it is a limit of the owner, or of all owners together. */
        readonly scope?: LimitScope | undefined;
        /** The limit: a number; of `costPerDay` a decimal amount. */
        readonly max?: number | string | undefined;
      }
    | undefined;
  /** Nothing. */
  readonly DRAINING: undefined;
  /** Nothing. */
  readonly LOG_UNAVAILABLE: undefined;
  /** Which run. */
  readonly EXECUTOR_UNREACHABLE: OfRun;
  /** The limit. */
  readonly LIMIT_REACHED: { readonly maxAttemptsPerStage: number };
  /** Nothing. */
  readonly INTERNAL: undefined;
}

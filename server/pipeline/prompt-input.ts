import type { FailureReason, ReviewIssue, Role, SkipReason, Verdict } from '@stagewire/shared';
import type { RoleDefinition } from './roles.ts';

/** The input of a prompt. Lists are in the order in which their items were created. */
export interface PromptInput {
  readonly role: RoleDefinition;
  readonly task: string;
  /** What inherited stages had as their task, oldest first, if it differs from `task`. */
  readonly earlierTasks: readonly string[];
  /** Instructions by role name; `all` applies to every role. */
  readonly instructions: Readonly<Record<string, string>>;
  /** The current files of the run, each path once, ordered by their last change. */
  readonly files: readonly PromptFile[];
  /** The architect's latest text. */
  readonly design?: PromptText | undefined;
  /** What roles wrote in addition to their files. */
  readonly notes: readonly PromptNote[];
  /** The latest review of an earlier stage. */
  readonly review?: PromptReview | undefined;
  /** The number of reviews before this stage. */
  readonly reviews: number;
  /** Blocks of earlier stages that became no file. */
  readonly skipped: readonly PromptSkip[];
  /** Files that an earlier stage started and did not finish. */
  readonly unfinished: readonly PromptUnfinished[];
  /** A coder has had a stage, and no role has written or removed a file. */
  readonly lacksCode: boolean;
  /** Steers and redirects for this role, given while the run was in progress. */
  readonly steers: readonly PromptSteer[];
  readonly draft?: PromptDraft | undefined;
  readonly repair?: PromptRepair | undefined;
}

export interface PromptFile {
  readonly path: string;
  readonly text: string;
  /** `input`: a context file that no role has changed. */
  readonly from: 'input' | 'stage';
  /** Of its last change, like `writer`; absent for `input`. */
  readonly stage?: number | undefined;
  readonly writer?: Role | undefined;
  /** A role left out parts of it, and no complete version is known. */
  readonly elided?: true | undefined;
}

/** Why a text is incomplete. */
export type CutBy = 'length' | 'interruption';

export interface PromptText {
  readonly text: string;
  readonly cutBy?: CutBy | undefined;
}

export interface PromptNote extends PromptText {
  readonly role: Role;
  readonly stage: number;
  /** Paths that this stage removed and that are still absent. */
  readonly removed: readonly string[];
}

export interface PromptReview {
  readonly stage: number;
  /** `null`: the reviewer was stopped before it returned one. */
  readonly verdict: Verdict | null;
  readonly issues: readonly ReviewIssue[];
}

export interface PromptSkip {
  readonly role: Role;
  readonly reason: SkipReason;
  readonly path?: string | undefined;
}

export interface PromptUnfinished {
  readonly role: Role;
  readonly path?: string | undefined;
  readonly text: string;
}

export interface PromptSteer {
  readonly text: string;
  readonly kind: 'steer' | 'redirect';
}

/** The visible text of an earlier attempt at the same answer. */
export interface PromptDraft {
  readonly text: string;
  /** Whether the answer continues after it or starts again. */
  readonly mode: 'restart' | 'continue';
  /** Why it ended. */
  readonly cutBy: CutBy;
}

/** An answer that could not be used, and what is requested instead. */
export interface PromptRepair {
  readonly reason: FailureReason | undefined;
  /** What is wrong with it, as in the log. */
  readonly message: string;
  /** The answer; blank if it is not included in the prompt. */
  readonly text: string;
  /** For `file_open` and `file_elided`: the blocks to be written again. All others were accepted. */
  readonly blocks: readonly { readonly path?: string | undefined; readonly text: string }[];
}

/** What is left out of a prompt so that it fits the context window. */
export interface LeftOut {
  /** Paths of context files. */
  readonly files: ReadonlySet<string>;
  readonly review: boolean;
  readonly designProse: boolean;
}

export const nothingLeftOut: LeftOut = { files: new Set(), review: false, designProse: false };

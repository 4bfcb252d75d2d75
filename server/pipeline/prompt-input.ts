import type { FailureReason, ReviewIssue, Role, SkipReason, Verdict } from '@stagewire/shared';
import type { RoleDefinition } from './roles.ts';

/** What a prompt is made of. Lists are in the order in which their items came to be. */
export interface PromptInput {
  readonly role: RoleDefinition;
  readonly task: string;
  /** `all`, or the name of a role, to a text. */
  readonly instructions: Readonly<Record<string, string>>;
  /** The files of the run as they are now, each path once, by their last change. */
  readonly files: readonly PromptFile[];
  /** The architect's latest text. */
  readonly design?: PromptText | undefined;
  /** What roles said beside their files. */
  readonly notes: readonly PromptNote[];
  /** The latest review of an earlier stage. */
  readonly review?: PromptReview | undefined;
  /** How many reviews there were before this stage. */
  readonly reviews: number;
  /** Blocks of earlier stages that became no file. */
  readonly skipped: readonly PromptSkip[];
  /** Files that an earlier stage began and did not finish. */
  readonly unfinished: readonly PromptUnfinished[];
  /** A coder has had a stage, and no role has written or removed a file. */
  readonly lacksCode: boolean;
  /** What was said while the run was under way and this role is to see. */
  readonly steers: readonly PromptSteer[];
  readonly draft?: PromptDraft | undefined;
  readonly repair?: PromptRepair | undefined;
}

export interface PromptFile {
  readonly path: string;
  readonly text: string;
  /** `input`: a context file that no role has changed. */
  readonly from: 'input' | 'stage';
  /** Of its last change, as `writer`; absent for `input`. */
  readonly stage?: number | undefined;
  readonly writer?: Role | undefined;
  /** A role left parts of it out and nothing better is known. */
  readonly elided?: true | undefined;
}

/** Why a text is not whole. */
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
  /** `null`: the reviewer was stopped before it had given one. */
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

/** What an attempt before this one has shown of the same answer. */
export interface PromptDraft {
  readonly text: string;
  /** Whether the answer goes on after it or begins anew. */
  readonly mode: 'restart' | 'continue';
  /** What ended it. */
  readonly cutBy: CutBy;
}

/** An answer that could not be used, and what is asked for instead. */
export interface PromptRepair {
  readonly reason: FailureReason | undefined;
  /** What is wrong with it, as the log says it. */
  readonly message: string;
  /** The answer; blank if nothing of it is to be shown. */
  readonly text: string;
  /** For `file_open` and `file_elided`: the blocks that are to be written again. All others were taken. */
  readonly blocks: readonly { readonly path?: string | undefined; readonly text: string }[];
}

/** What is left out of a prompt so that it fits the model's window. */
export interface LeftOut {
  /** Paths of context files. */
  readonly files: ReadonlySet<string>;
  readonly review: boolean;
  readonly designProse: boolean;
}

export const nothingLeftOut: LeftOut = { files: new Set(), review: false, designProse: false };

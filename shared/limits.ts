/**
 * Every limit of the contract, by name, with its default. A server can be configured with others; `server.info`
 * returns those that it enforces. Sizes called `Chars` count UTF-16 code units.
 */
export const defaultLimits = {
  /** Characters of a task. */
  maxTaskChars: 100_000,
  /** Context files of one run. */
  maxFiles: 100,
  /** Characters of one context file. */
  maxFileChars: 200_000,
  /** Characters of all context files of one run together. */
  maxFilesChars: 1_000_000,
  /** Characters of one instruction of `runs.start`. */
  maxInstructionChars: 20_000,
  /** Characters of the text of a steer or a redirect. */
  maxCommandTextChars: 20_000,
  /** Characters of the reason of a cancel. */
  maxReasonChars: 2_000,
  /** Labels of one run. */
  maxLabels: 32,
  /** Pending commands of one run: accepted, and neither applied nor dropped. */
  maxPendingCommands: 64,
  /** Attempts of one stage, `resume` and `continue` attempts not counted. A run may request another number. */
  maxAttemptsPerStage: 8,
  /** The highest `maxAttemptsPerStage` that a run may request. */
  maxAttemptsPerStageAllowed: 32,
  /** Characters of text and reasoning of one attempt. */
  maxAttemptChars: 4_000_000,
  /** Characters of text and reasoning of all attempts of a run together. */
  maxRunChars: 16_000_000,
  /** Bytes that the events of one run may take in the log. */
  maxRunLogBytes: 256 * 1024 * 1024,
  /** Milliseconds that a run may take from `run.started` on. A run may request less. */
  maxDurationMs: 24 * 60 * 60 * 1000,
  /** Refinements of one pass of the pipeline. A run may request another number. */
  maxRefinements: 2,
  /** Links to one run that were not removed and have not expired. */
  maxSharesPerRun: 50,
  /** Links to one run in all, removed and expired ones included: its log keeps an event of each. */
  maxSharesEverPerRun: 1000,
  /** Runs per page of `runs.list`. */
  maxListItems: 200,
} as const;

export type Limits = { readonly [K in keyof typeof defaultLimits]: number };

import type { FailureCode } from './errors.ts';
import type { FailureReason } from './primitives.ts';

/** What `failureAdvice` reads of a failure. A later server may have other codes and reasons. */
export interface AdvisedFailure {
  readonly code: FailureCode;
  readonly reason?: string | undefined;
  /** Present if a budget of the run was reached. */
  readonly details?: { readonly limit: string } | undefined;
}

/** How a user interface names its settings, as a suffix such as ` (--model)`; '' names nothing. */
export interface AdviceSettings {
  /** The model of a role or of the run. */
  readonly model: string;
  /** The reasoning effort of a role. */
  readonly effort: string;
  /** The output limit of a role, in tokens. */
  readonly outputLimit: string;
  /** The budget of the run. @default '' */
  readonly budget?: string;
}

/**
 * What a person can do about a failed run, in one or two sentences: by the failure's reason where that is more precise
 * than its code. All user interfaces show this text, each with the names of its own settings.
 */
export function failureAdvice({ code, reason, details }: AdvisedFailure, settings: AdviceSettings): string {
  if (code === 'LIMIT_REACHED' && details !== undefined) return higherBudget(settings);
  const advice = (reason === undefined ? undefined : known(byReason, reason)) ?? known(byCode, code);
  return (advice ?? restart)(settings);
}

function known(table: Readonly<Record<string, Advice>>, key: string): Advice | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

type Advice = (settings: AdviceSettings) => string;

const restart: Advice = ({ model }) => `Start a rerun. If it fails again, use another model${model}.`;

const higherBudget: Advice = ({ budget = '' }) =>
  `Start a rerun with a higher budget${budget}: it keeps the finished stages. Or make the task smaller.`;

const byReason: Readonly<Partial<Record<FailureReason, Advice>>> = {
  output_limit: ({ effort, outputLimit }) =>
    `Lower the effort of the role${effort} or raise its output limit${outputLimit}, and start a rerun.`,
  tool_call: ({ model }) =>
    `Use another model${model}: this one calls tools, and none are available in a run.`,
  empty: restart,
  thought_unfinished: ({ model, effort, outputLimit }) =>
    `Raise the output limit of the role${outputLimit}, lower its effort${effort}, or use another model${model}.`,
  rate_limit: ({ model }) => `Start a rerun in a minute, or use another model${model}.`,
  quota: ({ model }) => `Add credit or raise the limit at the provider, or use another model${model}.`,
  wait_too_long: ({ model }) =>
    `Start a rerun after the wait that the provider requires, or use another model${model}.`,
  wrong_address: () =>
    'Correct the base URL in .env (most end with /v1), restart the server, and start a rerun.',
  model_unknown: ({ model }) =>
    `Use a model that the provider offers${model}, spelled exactly as in its list.`,
};

const byCode: Readonly<Record<FailureCode, Advice>> = {
  PROVIDER_UNAVAILABLE: ({ model }) => `Start a rerun later, or use another model${model}.`,
  PROVIDER_REFUSED: ({ model }) => `Rephrase the task, or use another model${model}.`,
  PROVIDER_AUTH: () => 'Correct the API key in .env, restart the server, and start a rerun.',
  PROVIDER_TRUNCATED: restart,
  PROVIDER_STALLED: ({ model }) => `Start a rerun later, or use another model${model}.`,
  CONTEXT_TOO_LONG: ({ model }) =>
    `Shorten the task, use fewer files, or use a model with a larger context window${model}.`,
  OUTPUT_INVALID: restart,
  LIMIT_REACHED: () => 'Make the task smaller, or split it into several runs.',
  INTERNAL: () => 'Start a rerun. If it fails again, please report it with the server log.',
};

import type { Failure, FailureReason } from '@stagewire/client';

/** What a person can do about a failed run: by the failure's reason where that says more than its code. */
export function failureAdvice({ code, reason }: Failure): string {
  return (reason === undefined ? undefined : byReason[reason]) ?? byCode[code];
}

const byReason: Readonly<Partial<Record<FailureReason, string>>> = {
  output_limit:
    'Lower the effort of the role (--effort ROLE=low) or raise its output limit (--max-output-tokens ROLE=N), and start the run again.',
  tool_call: 'Use another model (--model): this one calls tools, and none are available in a run.',
  empty: 'Start the run again. If it fails again, use another model (--model).',
  thought_unfinished:
    'Raise the output limit of the role (--max-output-tokens ROLE=N), lower its effort (--effort ROLE=low), or use another model (--model).',
  rate_limit: 'Start the run again in a minute, or use another model (--model).',
  quota: 'Add credit or raise the limit at the provider, or use another model (--model).',
  wait_too_long:
    'Start the run again after the wait that the provider requires, or use another model (--model).',
  wrong_address:
    'Correct the base URL in .env (most end with /v1), restart the server, and start the run again.',
  model_unknown: 'Use a model that the provider offers (--model), spelled exactly as in its list.',
};

const byCode: Readonly<Record<Failure['code'], string>> = {
  PROVIDER_UNAVAILABLE: 'Start the run again later, or use another model (--model).',
  PROVIDER_REFUSED: 'Rephrase the task, or use another model (--model).',
  PROVIDER_AUTH: 'Correct the API key in .env, restart the server, and start the run again.',
  PROVIDER_TRUNCATED: 'Start the run again. If it fails again, use another model (--model).',
  PROVIDER_STALLED: 'Start the run again later, or use another model (--model).',
  CONTEXT_TOO_LONG:
    'Shorten the task, use fewer files, or use a model with a larger context window (--model).',
  OUTPUT_INVALID: 'Start the run again. If it fails again, use another model (--model).',
  LIMIT_REACHED: 'Make the task smaller, or split it into several runs.',
  INTERNAL: 'Start the run again. If it fails again, please report it with the server log.',
};

import type { Failure, FailureReason } from '@stagewire/client';

/** What a person can do about a failed run: by the failure's reason where that says more than its code. */
export function failureAdvice({ code, reason }: Failure): string {
  return (reason === undefined ? undefined : byReason[reason]) ?? byCode[code];
}

const byReason: Readonly<Partial<Record<FailureReason, string>>> = {
  output_limit:
    'Let the role reason less (--effort ROLE=low), or give it more room (--max-output-tokens ROLE=N), and start again.',
  tool_call: 'Take another model (--model): this one calls tools, and a run has none.',
  empty: 'Start the run again; if it happens again, take another model (--model).',
  thought_unfinished:
    'Give the role more room (--max-output-tokens ROLE=N) or less effort (--effort ROLE=low), or take another model.',
  rate_limit: 'Wait a minute and start the run again, or take another model (--model).',
  quota: 'Add credit or raise the limit at the provider, or take another model (--model).',
  wait_too_long:
    'Start the run again after the time that the provider names, or with another model (--model).',
  wrong_address:
    'Put the right base URL into .env (most end with /v1), start the server again, and then the run.',
  model_unknown: 'Name a model that the provider has (--model), spelled as the provider spells it.',
};

const byCode: Readonly<Record<Failure['code'], string>> = {
  PROVIDER_UNAVAILABLE: 'Start the run again later, or with another model (--model).',
  PROVIDER_REFUSED: 'Say the task in other words, or take another model (--model).',
  PROVIDER_AUTH: 'Put the right key into .env, start the server again, and then the run.',
  PROVIDER_TRUNCATED: 'Start the run again; if it happens again, take another model (--model).',
  PROVIDER_STALLED: 'Start the run again later, or with another model (--model).',
  CONTEXT_TOO_LONG: 'Give a shorter task or fewer files, or take a model that reads more (--model).',
  OUTPUT_INVALID: 'Start the run again; if it happens again, take another model (--model).',
  LIMIT_REACHED: 'Make the task smaller, or split it into several runs.',
  INTERNAL: 'Start the run again; if it happens again, please report it with what the server logged.',
};

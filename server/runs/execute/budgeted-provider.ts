import type { Usage } from '@stagewire/shared';
import {
  ProviderFailure,
  type Provider,
  type ProviderCall,
  type ProviderEvent,
  type ProviderRequest,
} from '../../providers/provider.ts';
import { estimatedUsage, estimateInputTokens } from '../../providers/usage.ts';
import type { Allowance, UnknownCost } from './budget-allowances.ts';

/** If fewer tokens are left for the answer, the call is not made: the Responses API rejects a lower limit. */
const minOutputTokens = 16;
/** An answer that was cut off and has at least this share of the budget's output limit was cut off by it. */
const reachedShare = 0.9;

/**
 * A provider whose calls end when the run has reached one of its limits: with LIMIT_REACHED, not retryable. The output
 * is counted by its length until the provider reports its usage. A call whose input leaves nothing for an answer is not
 * made.
 */
export function budgetedProvider(
  provider: Provider,
  allowances: readonly Allowance[] | UnknownCost,
): Provider {
  if ('problem' in allowances) {
    const { problem, details } = allowances;
    // oxlint-disable-next-line require-yield -- it has no output
    const stream = async function* (): AsyncGenerator<ProviderEvent> {
      throw new ProviderFailure('LIMIT_REACHED', problem, { retryable: false, details });
    };
    return { stream };
  }
  if (allowances.length === 0) return provider;
  return { stream: (request, call) => streamWithin(allowances, { provider, request, call }) };
}

interface BudgetedCall {
  readonly provider: Provider;
  readonly request: ProviderRequest;
  readonly call: ProviderCall;
}

async function* streamWithin(
  allowances: readonly Allowance[],
  { provider, request, call }: BudgetedCall,
): AsyncGenerator<ProviderEvent, void, undefined> {
  const inputTokens = estimateInputTokens(request);
  const outputTokens = Math.min(...allowances.map((allowance) => allowance.outputTokensAfter(inputTokens)));
  if (outputTokens < minOutputTokens) throw tooMuchInput(allowances, inputTokens);
  const isLowest = outputTokens < (request.maxOutputTokens ?? Infinity);
  const count = { textChars: 0, reasoningChars: 0 };
  let reported: Usage | undefined;

  const usage = () => estimatedUsage({ ...count, inputTokens }, reported);
  const check = () => {
    const used = usage();
    for (const allowance of allowances) {
      if (usedOf(allowance, used) >= allowance.max) throw reached(allowance, used);
    }
  };
  /** Was an answer that is incomplete cut off by the output limit that the budget has set? */
  const isCutOff = () => {
    const { outputTokens: written, source } = usage();
    return isLowest && (source !== 'final' || written >= outputTokens * reachedShare);
  };

  try {
    const budgeted = Number.isFinite(outputTokens)
      ? { ...request, outputBudgetTokens: outputTokens }
      : request;
    for await (const event of provider.stream(budgeted, call)) {
      if (event.type === 'finish' && event.finishReason === 'length' && isCutOff()) {
        throw cutOff(allowances, usage());
      }
      yield event;
      switch (event.type) {
        case 'text':
          count.textChars += event.text.length;
          check();
          break;
        case 'reasoning':
          count.reasoningChars += event.text.length;
          check();
          break;
        case 'usage':
          reported = event.usage;
          // A final usage belongs to an answer that is complete: it is judged at its end.
          if (reported.source !== 'final') check();
          break;
        case 'finish':
          break;
        default:
          event satisfies never;
      }
    }
  } catch (error) {
    const isOutputLimit = error instanceof ProviderFailure && error.reason === 'output_limit';
    throw isOutputLimit && isCutOff() ? cutOff(allowances, usage()) : error;
  }
}

function usedOf({ usedBefore, unitsOf }: Allowance, usage: Usage): bigint {
  return usedBefore + unitsOf(usage);
}

function reached(allowance: Allowance, usage: Usage): ProviderFailure {
  const details = allowance.details(usedOf(allowance, usage));
  const { limit, max } = details;
  const used = limit === 'maxCost' ? `${max} ${details.currency}` : `${max} tokens`;
  return new ProviderFailure('LIMIT_REACHED', `the run has reached its budget of ${used} (${limit})`, {
    retryable: false,
    details,
  });
}

/** The limit of which the smallest share is left has cut the answer off. */
function cutOff(allowances: readonly Allowance[], usage: Usage): ProviderFailure {
  const [first, ...others] = allowances;
  if (first === undefined) throw new RangeError('a run without a budget has no allowance');
  const share = (it: Allowance) => Number(usedOf(it, usage)) / Number(it.max);
  return reached(
    others.reduce((most, it) => (share(it) > share(most) ? it : most), first),
    usage,
  );
}

function tooMuchInput(allowances: readonly Allowance[], inputTokens: number): ProviderFailure {
  const [allowance] = allowances.filter((it) => it.outputTokensAfter(inputTokens) < minOutputTokens);
  if (allowance === undefined) throw new RangeError('the input fits into every allowance');
  const details = allowance.details(allowance.usedBefore);
  const { limit, max, used } = details;
  const unit = limit === 'maxCost' ? details.currency : 'tokens';
  const message =
    `the next call of the run needs about ${inputTokens} tokens of input, which its budget does not allow: ` +
    `${used} of ${max} ${unit} are used (${limit})`;
  return new ProviderFailure('LIMIT_REACHED', message, { retryable: false, details });
}

import type { RunLimits, StagewireError, StartInput } from '@stagewire/shared';
import { formatUnits, parseUnits } from '@stagewire/shared/decimal';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { roles } from '../pipeline/roles.ts';
import type { PriceList } from '../providers/price-list.ts';

type Budget = Pick<RunLimits, 'maxTokens' | 'maxCost' | 'currency'>;

/**
 * The budget of a new run, as it is stored.
 *
 * @param models Of the run: `default` or a role to a model.
 * @throws StagewireError INVALID_INPUT if its cost cannot be computed: no price list, no price of a model that the run
 * may use, or another currency.
 */
export function budgetLimits(
  { maxTokens, maxCost, currency }: NonNullable<StartInput['limits']>,
  models: Readonly<Record<string, string>>,
  prices: PriceList | undefined,
): Budget {
  const tokens = maxTokens === undefined ? {} : { maxTokens };
  if (maxCost === undefined) {
    if (currency !== undefined) throw invalid('currency', 'allowed only with `maxCost`');
    return tokens;
  }
  const units = parseUnits(maxCost);
  if (units === 0n) throw invalid('maxCost', 'must be above 0');
  if (prices === undefined) {
    throw invalid('maxCost', 'not possible: this server has no price list (STAGEWIRE_PRICES)');
  }
  if (currency !== undefined && currency !== prices.currency) {
    throw invalid('currency', `must be ${prices.currency}, the currency of the prices of this server`);
  }
  const unknown = [...usableModels(models)].filter((modelRef) => !prices.models.has(modelRef));
  if (unknown.length > 0) {
    const names = unknown.map((modelRef) => `"${modelRef}"`).join(', ');
    throw invalid('maxCost', `not possible: the price list of this server has no price of ${names}`);
  }
  return { ...tokens, maxCost: formatUnits(units), currency: prices.currency };
}

/** A new `maxCost` is in the currency of the server, whatever that of the inherited one is. */
export function inheritedLimits(limits: RunLimits, own: StartInput['limits']): RunLimits {
  if (own?.maxCost === undefined) return limits;
  const { currency: _, ...others } = limits;
  return others;
}

/** A redirect can name any role, so the models of all roles count. */
function usableModels(models: Readonly<Record<string, string>>): ReadonlySet<string> {
  return new Set(roles.map(({ role }) => models[role] ?? models['default'] ?? 'rehearsal'));
}

function invalid(field: 'maxCost' | 'currency', message: string): StagewireError {
  return wireErrors.INVALID_INPUT.fields([{ field: `limits.${field}`, message }]);
}

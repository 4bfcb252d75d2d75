/** Decimals of the smallest amount: prices have 6 per 1,000,000 tokens, so every cost is exact. */
const decimals = 12;

/**
 * The sum of two amounts of money, each a decimal string with at most 12 decimals as in `Cost.amount`. Exact, where
 * numbers would lose digits. Both must be of the same currency.
 *
 * @throws SyntaxError if one of them is no such string.
 */
export function addAmounts(one: string, other: string): string {
  return formatUnits(parseUnits(one) + parseUnits(other));
}

/** An amount as a whole number of 10^-12. @throws SyntaxError if it is no decimal string of at most 12 decimals. */
export function parseUnits(amount: string): bigint {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d{1,12}))?$/.exec(amount) ?? [];
  if (whole === undefined)
    throw new SyntaxError(`"${amount}" is not an amount with at most ${decimals} decimals`);
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

/** A whole number of 10^-12 as an amount in its shortest form: `0`, `1.5`, `0.000012`. */
export function formatUnits(units: bigint): string {
  const digits = String(units).padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  return digits.slice(0, -decimals) + (fraction === '' ? '' : `.${fraction}`);
}

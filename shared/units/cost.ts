/** What `costText` reads of a `Cost` or a `TotalCost`. */
export interface ShownCost {
  /** A decimal number of at most 12 decimals. */
  readonly amount: string;
  /** A code of three letters, as `USD`. */
  readonly currency: string;
  /** Whether the amount is an estimate. @default false */
  readonly estimated?: boolean | undefined;
  /** Attempts whose cost is not in the amount. @default 0 */
  readonly unpricedAttempts?: number | undefined;
}

/**
 * A cost for display, independent of the locale: `1.25 USD`, `0.0123 USD`, `0.000012 USD`. Rounded to 2 decimals from
 * 1 on, otherwise to 4 decimals or 2 significant digits, whichever is more, so that a small cost is never shown as 0.
 * `about` if tokens were estimated, `at least` if the cost of some attempts is unknown.
 */
export function costText({ amount, currency, estimated, unpricedAttempts = 0 }: ShownCost): string {
  const atLeast = unpricedAttempts > 0 ? 'at least ' : '';
  const about = estimated === true ? 'about ' : '';
  return `${atLeast}${about}${amountText(amount)} ${currency}`;
}

/** The amount alone, rounded as in `costText`: `0.0123`. */
export function amountText(amount: string): string {
  const value = Number(amount);
  if (value === 0) return '0';
  if (value >= 1) return value.toFixed(2).replace(/\B(?=(?:\d{3})+\.)/g, ',');
  if (value >= 0.01) return value.toFixed(4);
  // The position of the first digit that is not 0, after rounding to 2 digits.
  const leading = -Math.floor(Math.log10(Number(value.toPrecision(2))));
  return value.toFixed(Math.min(12, Math.max(4, leading + 1)));
}

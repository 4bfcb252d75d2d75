/** Units of time by their short names, in milliseconds. */
export const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Units of size by their short names, in bytes: powers of 1,000. */
export const unitBytes = { kB: 1000, MB: 1_000_000, GB: 1_000_000_000, TB: 1_000_000_000_000 } as const;

export interface AmountOptions<U extends string> {
  /** The value of one of each unit. */
  readonly units: Readonly<Record<U, number>>;
  /** The units that are accepted. @default all of them */
  readonly allowed?: readonly U[];
  /** Only whole numbers above 0, of at most 6 digits; else also 0 and fractions to a thousandth. @default false */
  readonly isWhole?: boolean;
}

/** Parses an amount directly followed by its unit, `30d` or `1.5s`; `undefined` for anything else. */
export function parseAmount<U extends string>(text: string, options: AmountOptions<U>): number | undefined {
  const { units, allowed = Object.keys(units), isWhole = false } = options;
  const number = isWhole ? /^[1-9]\d{0,5}(?=[A-Za-z]+$)/ : /^\d{1,9}(?:\.\d{1,3})?(?=[A-Za-z]+$)/;
  const amount = number.exec(text)?.[0] ?? '';
  const unit = (allowed as readonly string[]).find((it) => amount !== '' && text === amount + it);
  return unit === undefined ? undefined : Number(amount) * units[unit as U];
}

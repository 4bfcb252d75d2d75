import { z } from 'zod';

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizes = { MB: 1_000_000, GB: 1_000_000_000, TB: 1_000_000_000_000 } as const;

/** A time with its unit, as in `30d`, in milliseconds; `forever` is Infinity. */
export const timeToKeep = z.string().transform((text, context) => {
  if (text === 'forever') return Infinity;
  const [, number = '', unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  if (unit in units) return Number(number) * units[unit as keyof typeof units];
  return refuse(context, 'must be a time as in 30d, 12h or 90m, or forever');
});

/** A size with its unit, as in `5GB`, in bytes; `unlimited` is Infinity. */
export const sizeToKeep = z.string().transform((text, context) => {
  if (text === 'unlimited') return Infinity;
  const [, number = '', unit = ''] = /^([1-9]\d{0,5})(MB|GB|TB)$/.exec(text) ?? [];
  if (unit in sizes) return Number(number) * sizes[unit as keyof typeof sizes];
  return refuse(context, 'must be a size as in 5GB or 500MB, or unlimited');
});

function refuse(context: z.core.$RefinementCtx<string>, message: string): number {
  context.issues.push({ code: 'custom', message, input: context.value });
  return Number.NaN;
}

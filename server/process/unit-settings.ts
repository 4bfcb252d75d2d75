import { parseAmount, unitBytes, unitMs } from '@stagewire/shared/units/amount';
import { z } from 'zod';

/** A duration with its unit, as in `30d`, in milliseconds; `forever` is Infinity. */
export const timeToKeep = z.string().transform((text, context) => {
  if (text === 'forever') return Infinity;
  const ms = parseAmount(text, { units: unitMs, allowed: ['m', 'h', 'd'], isWhole: true });
  return ms ?? refuse(context, 'must be a duration such as 30d, 12h or 90m, or forever');
});

/** A size with its unit, as in `5GB`, in bytes; `unlimited` is Infinity. */
export const sizeToKeep = z.string().transform((text, context) => {
  if (text === 'unlimited') return Infinity;
  const bytes = parseAmount(text, { units: unitBytes, allowed: ['MB', 'GB', 'TB'], isWhole: true });
  return bytes ?? refuse(context, 'must be a size such as 5GB or 500MB, or unlimited');
});

function refuse(context: z.core.$RefinementCtx<string>, message: string): number {
  context.issues.push({ code: 'custom', message, input: context.value });
  return Number.NaN;
}

import { parseAmount, unitMs } from '@stagewire/shared/units/amount';
import { InvalidArgumentError, Option } from 'commander';

const allowed = ['ms', 's', 'm', 'h'] as const;

/** `500ms`, `10s`, `2m`, `1h`, in milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const ms = parseAmount(text, { units: unitMs, allowed });
  if (ms === undefined)
    throw new InvalidArgumentError('Write a number and its unit, as in 500ms, 10s, 2m or 1h.');
  return ms;
}

/** An option whose value is a duration, and whose default the help shows as one. */
export function durationOption(flags: string, description: string, defaultMs: number): Option {
  return new Option(flags, description).argParser(parseDuration).default(defaultMs, `${defaultMs / 1000}s`);
}

/** `5%` as 0.05. @throws InvalidArgumentError */
export function parseShare(text: string): number {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  const share = Number(percent) / 100;
  if (percent === undefined || share > 1) throw new InvalidArgumentError('Write a share, from 0% to 100%.');
  return share;
}

/** `20/s` or `90/m`, per second. @throws InvalidArgumentError */
export function parseRate(text: string): number {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)\/(s|m)$/.exec(text) ?? [];
  const perSecond = (Number(amount) * unitMs.s) / unitMs[unit === 'm' ? 'm' : 's'];
  if (amount === undefined || perSecond <= 0) {
    throw new InvalidArgumentError('Write how many per second or minute, as in 20/s or 90/m, more than 0.');
  }
  return perSecond;
}

import { InvalidArgumentError, Option } from 'commander';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `10s`, `2m`, `1h`, in milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (amount === undefined || unitMs === undefined) {
    throw new InvalidArgumentError('Write a number and its unit, as in 500ms, 10s, 2m or 1h.');
  }
  return Number(amount) * unitMs;
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
  const [, amount, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)\/(s|m)$/.exec(text) ?? [];
  const perSecond = (Number(amount) * 1000) / (unitsMs[unit] ?? 1);
  if (amount === undefined || perSecond <= 0) {
    throw new InvalidArgumentError('Write how many per second or minute, as in 20/s or 90/m, more than 0.');
  }
  return perSecond;
}

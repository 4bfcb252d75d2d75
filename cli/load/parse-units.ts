import { parseAmount, unitMs } from '@stagewire/shared/units/amount';
import { InvalidArgumentError, Option } from 'commander';
import type { LoadStage } from './pace.ts';

const allowed = ['ms', 's', 'm', 'h'] as const;

/** Parses `500ms`, `10s`, `2m`, `1h` to milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const ms = parseAmount(text, { units: unitMs, allowed });
  if (ms === undefined)
    throw new InvalidArgumentError('Expected a duration with its unit, e.g. 500ms, 10s, 2m or 1h.');
  return ms;
}

/** An option whose value is a duration; the help shows its default as one. */
export function durationOption(flags: string, description: string, defaultMs: number): Option {
  return new Option(flags, description).argParser(parseDuration).default(defaultMs, `${defaultMs / 1000}s`);
}

/** Parses `5%` to 0.05. @throws InvalidArgumentError */
export function parseShare(text: string): number {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  const share = Number(percent) / 100;
  if (percent === undefined || share > 1)
    throw new InvalidArgumentError('Expected a percentage from 0% to 100%.');
  return share;
}

/** Parses `20/s` or `90/m` to starts per second. @throws InvalidArgumentError */
export function parseRate(text: string): number {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)\/(s|m)$/.exec(text) ?? [];
  const perSecond = (Number(amount) * unitMs.s) / unitMs[unit === 'm' ? 'm' : 's'];
  if (amount === undefined || perSecond <= 0) {
    throw new InvalidArgumentError('Expected a rate per second or minute above 0, e.g. 20/s or 90/m.');
  }
  return perSecond;
}

/** Parses `20/s` (starts per second) or `50` (concurrent runs) after a duration: `30s:20/s`. @throws InvalidArgumentError */
export function parseStage(text: string): LoadStage {
  const [, time, target = ''] = /^([^:]+):([^:]+)$/.exec(text) ?? [];
  const [, amount] = /^(\d{1,6}(?:\.\d{1,3})?)(?:\/[sm])?$/.exec(target) ?? [];
  if (time === undefined || amount === undefined) {
    throw new InvalidArgumentError(
      'Expected <time>:<target>, the target a rate or a number of concurrent runs, e.g. 30s:20/s or 30s:50.',
    );
  }
  const durationMs = parseDuration(time);
  if (!target.includes('/')) {
    if (amount.includes('.')) throw new InvalidArgumentError('A number of concurrent runs is whole.');
    return { durationMs, kind: 'concurrency', target: Number(amount) };
  }
  return { durationMs, kind: 'rate', target: Number(amount) === 0 ? 0 : parseRate(target) };
}

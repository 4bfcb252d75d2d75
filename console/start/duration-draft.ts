import { unitMs } from '@stagewire/client';

/** A duration as typed. */
export interface DurationDraft {
  readonly amount: string;
  /** @default as the limit of the server has it */
  readonly unit?: TimeUnit;
}

const typedMs = { seconds: unitMs.s, minutes: unitMs.m, hours: unitMs.h } as const;
export type TimeUnit = keyof typeof typedMs;
export const timeUnits = Object.keys(typedMs) as readonly TimeUnit[];

export const noDuration: DurationDraft = { amount: '' };

/** In milliseconds; `undefined` for an empty field, NaN for an invalid one. */
export function parseDuration({ amount, unit = 'minutes' }: DurationDraft): number | undefined {
  const text = amount.trim().replace(',', '.');
  if (text === '') return undefined;
  return /^\d+(?:\.\d+)?$/.test(text) ? Math.round(Number(text) * typedMs[unit]) : NaN;
}

/** In the largest unit that gives a whole number, else in seconds. */
export function durationDraft(ms: number): Required<DurationDraft> {
  const unit = timeUnits.toReversed().find((it) => ms >= typedMs[it] && ms % typedMs[it] === 0) ?? 'seconds';
  return { amount: String(ms / typedMs[unit]), unit };
}

/** A duration as a number of the given unit, with at most two decimals. */
export function amountIn(unit: TimeUnit, ms: number): string {
  return String(Number((ms / typedMs[unit]).toFixed(2)));
}

/** `24 hours`, `1 minute` */
export function durationText(ms: number): string {
  const { amount, unit } = durationDraft(ms);
  return `${amount} ${amount === '1' ? unit.slice(0, -1) : unit}`;
}

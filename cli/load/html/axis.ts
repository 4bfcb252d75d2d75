import { grouped } from '@stagewire/shared/units/count';
import { roundDown, roundUp, tidy } from './round-values.ts';

/** From values to a place between 0 and 1, with the values that get a label. */
export interface Axis {
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** From 0 to the next round value above the largest one. */
export function createLinearAxis(max: number): Axis {
  const step = roundUp((max > 0 ? max : 1) / 5);
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  return {
    place: (value) => value / (step * steps),
    ticks: Array.from({ length: steps + 1 }, (_, index) => tickAt(index * step)),
  };
}

/** From one round value to another; all values are above 0. */
export function createLogAxis(min: number, max: number): Axis {
  const from = roundDown(min);
  const to = Math.max(roundUp(max), from * 10);
  const width = Math.log10(to / from);
  const powers = Array.from(
    { length: Math.ceil(width) + 2 },
    (_, index) => Math.floor(Math.log10(from)) + index,
  );
  const digits = width <= 2 ? [1, 2, 5] : [1];
  const values = powers
    .flatMap((power) => digits.map((digit) => tidy(digit * 10 ** power)))
    .filter((value) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9));
  return { place: (value) => Math.log10(value / from) / width, ticks: values.map(tickAt) };
}

/** Three digits: a plot shows no more. */
export function numberText(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Number.isInteger(rounded) ? grouped(rounded) : String(rounded);
}

const tickAt = (value: number) => ({ value: tidy(value), label: numberText(value) });

import { roundDown, roundUp, tidy } from '../../cli/load/html/round-values.ts';

/** - `nines`: parts of a whole, stretched towards 1, so that a distribution's tail has as much room as its body */
export type ScaleKind = 'linear' | 'log' | 'nines';

/** From values to a place between 0 and 1, with the values that are worth a label. */
export interface Scale {
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Linear scales begin at 0. Values that were chosen (so many followers) are their own ticks. */
export function createScale(kind: ScaleKind, values: readonly number[], areChosen = false): Scale {
  switch (kind) {
    case 'linear':
      return createLinear(Math.max(...values, 0));
    case 'log':
      return createLog(values, areChosen);
    case 'nines':
      return createNines(Math.max(...values));
    default:
      return kind satisfies never;
  }
}

function createLinear(max: number): Scale {
  const step = roundUp((max || 1) / 5);
  const steps = Math.ceil((max || 1) / step - 1e-9);
  return {
    place: (value) => value / (step * steps),
    ticks: Array.from({ length: steps + 1 }, (_, index) => tickAt(index * step)),
  };
}

function createLog(values: readonly number[], areChosen: boolean): Scale {
  const chosen = [...new Set(values)].toSorted((one, other) => one - other);
  const [from, to] = areChosen
    ? [(chosen[0] ?? 1) / 1.15, (chosen.at(-1) ?? 1) * 1.15]
    : [roundDown(Math.min(...values)), roundUp(Math.max(...values))];
  const width = Math.log10(to / from) || 1;
  const round = roundValues(from, to);
  const few = round.length <= 9 ? round : round.filter((value) => Number.isInteger(tidyLog(value)));
  return {
    place: (value) => Math.log10(value / from) / width,
    ticks: (areChosen ? chosen : few).map(tickAt),
  };
}

function createNines(max: number): Scale {
  const stretch = (part: number) => -Math.log10(1 - part);
  const top = stretch(Math.min(max, 0.9999)) || 1;
  return {
    place: (part) => Math.min(1, stretch(Math.min(part, 0.9999)) / top),
    ticks: [0, 0.5, 0.9, 0.99, 0.999]
      .filter((part) => part <= max)
      .map((value) => ({ value, label: `${Number((value * 100).toPrecision(4))} %` })),
  };
}

const tickAt = (value: number) => ({ value, label: numberText(value) });

/** Three digits are what can be read from a plot. */
export function numberText(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000 ? rounded.toLocaleString('en') : String(rounded);
}

function roundValues(from: number, to: number): readonly number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power += 1) {
    for (const digit of [1, 2, 5]) all.push(tidy(digit * 10 ** power));
  }
  return all.filter((value) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9));
}

const tidyLog = (value: number) => tidy(Math.log10(value));

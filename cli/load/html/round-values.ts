// The values at which the axes of a plot have labels: …, 1, 2, 5, 10, 20, …

/** The smallest of these values that is not below this one, which is above 0. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return tidy(([1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9)) ?? 10) * power);
}

/** The largest of these values that is not above this one, which is above 0. */
export function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return tidy(([5, 2, 1].find((digit) => digit * power <= value * (1 + 1e-9)) ?? 1) * power);
}

/** Six digits: without the errors of floating point. */
export const tidy = (value: number) => Number(value.toPrecision(6));

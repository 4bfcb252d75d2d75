import type { Simulation } from '../support/simulate.ts';

/** What went wrong in a seed, how it came about, and how to see it again. */
export function seedProblem(seed: number, { broken, steps }: Pick<Simulation, 'broken' | 'steps'>): string {
  const said = broken.map((law) => `  ${law}`).join('\n');
  const done = steps.map((step, index) => `  ${index + 1}. ${step}`).join('\n');
  return `Seed ${seed} breaks a promise:\n${said}\nafter these steps:\n${done}\nTo see it again: npm run simulate -- --from ${seed} --seeds 1 --trace`;
}

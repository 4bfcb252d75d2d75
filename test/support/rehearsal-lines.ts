import type { RehearsalContext } from '../../server/providers/provider.ts';
import { writeScript } from '../../server/providers/rehearsal-script.ts';
import { parseRehearsalShape } from '../../server/providers/rehearsal-shape.ts';

export const roles = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'] as const;
/** The roles whose text is not a review. */
export const texts = roles.filter((role) => role !== 'reviewer');

export const scene: RehearsalContext = {
  role: 'coder',
  task: 'Write a token bucket rate limiter for HTTP requests. It has to be fair.',
  visit: 1,
  attempt: 1,
  instructions: [],
  kept: '',
  issues: [],
  runId: 'run_00000001',
};

/** What a review has found that the refiner is to mend. */
const findings = [
  'With more entries than the limit the oldest token vanishes without a word; whoever added it still holds its id.',
  'A refused entry is told that it breaks a rule, but not which one.',
  'The program prints bucket as a raw list, and nothing readable when there is none.',
];

/** What the rehearsal writes in this scene. */
export function lines(change: Partial<RehearsalContext>, shape = ''): string {
  return writeScript(
    { ...scene, ...(change.role === 'refiner' ? { issues: findings } : {}), ...change },
    parseRehearsalShape(shape),
  ).text;
}

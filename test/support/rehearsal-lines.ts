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
  keptText: '',
  issues: [],
  runId: 'run_00000001',
};

/** What a review has found that the refiner is to mend. */
const findings = [
  'When the limit is exceeded, the oldest token is removed silently, although its caller still holds the id.',
  'The error for a rejected entry does not say which rule it breaks.',
  'The program prints bucket as a raw list, and nothing readable when the list is empty.',
];

/** What the rehearsal writes in this scene. */
export function lines(change: Partial<RehearsalContext>, shape = ''): string {
  return writeScript(
    { ...scene, ...(change.role === 'refiner' ? { issues: findings } : {}), ...change },
    parseRehearsalShape(shape),
  ).text;
}

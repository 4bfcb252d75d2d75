import type { Scene } from '../../server/providers/provider.ts';
import { writeScript } from '../../server/providers/rehearsal-script.ts';
import { parseRehearsalShape } from '../../server/providers/rehearsal-shape.ts';

export const roles = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'] as const;
/** The roles whose text is not a review. */
export const texts = roles.filter((role) => role !== 'reviewer');

export const scene: Scene = {
  role: 'coder',
  task: 'Write a token bucket rate limiter for HTTP requests. It has to be fair.',
  visit: 1,
  attempt: 1,
  instructions: [],
  kept: '',
  issues: [],
  runId: 'run_00000001',
};

/** What the rehearsal writes in this scene. */
export function lines(change: Partial<Scene>, shape = ''): string {
  return writeScript({ ...scene, ...change }, parseRehearsalShape(shape)).text;
}

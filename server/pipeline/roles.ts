import type { Format, Role } from '@stagewire/shared';
import { architectPrompt } from './prompts/architect.ts';
import { coderPrompt } from './prompts/coder.ts';
import { documenterPrompt } from './prompts/documenter.ts';
import { refinerPrompt } from './prompts/refiner.ts';
import { reviewerPrompt } from './prompts/reviewer.ts';
import type { RolePrompt } from './prompts/role-prompt.ts';
import { testerPrompt } from './prompts/tester.ts';

/** What a role does and reads. Data only: to add a role, add one of these. */
export interface RoleDefinition {
  readonly role: Role;
  /** How its text is parsed: `json` is a review, the `code` of a finished stage contains files. */
  readonly format: Format;
  readonly prompt: RolePrompt;
  /**
   * How its prompt includes the latest review: as its work, as a report, or not at all. All roles read everything
   * else.
   */
  readonly review: 'issues' | 'report' | 'none';
  /** Roles whose files its prompt lists only by path. */
  readonly skims?: readonly Role[];
}

/** Every role, in the pipeline's order. */
export const roles: readonly RoleDefinition[] = [
  { role: 'architect', format: 'markdown', prompt: architectPrompt, review: 'report' },
  { role: 'coder', format: 'code', prompt: coderPrompt, review: 'report' },
  { role: 'reviewer', format: 'json', prompt: reviewerPrompt, review: 'report' },
  { role: 'refiner', format: 'code', prompt: refinerPrompt, review: 'issues' },
  { role: 'tester', format: 'code', prompt: testerPrompt, review: 'none' },
  {
    role: 'documenter',
    format: 'markdown',
    prompt: documenterPrompt,
    review: 'report',
    skims: ['tester'],
  },
];

/** The role with this name, or `undefined`. */
export function findRole(name: string): RoleDefinition | undefined {
  return roles.find((definition) => definition.role === name);
}

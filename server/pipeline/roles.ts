import type { Format, Role } from '@stagewire/shared';
import { architectPrompt } from './prompts/architect.ts';
import { coderPrompt } from './prompts/coder.ts';
import { documenterPrompt } from './prompts/documenter.ts';
import { refinerPrompt } from './prompts/refiner.ts';
import { reviewerPrompt } from './prompts/reviewer.ts';
import type { RolePrompt } from './prompts/role-prompt.ts';
import { testerPrompt } from './prompts/tester.ts';

/** What a role does and reads. Data only: adding a role means adding one of these. */
export interface RoleDefinition {
  readonly role: Role;
  /** How its text is to be read: `json` is a review, the `code` of a finished stage holds files. */
  readonly format: Format;
  readonly prompt: RolePrompt;
  /** How the latest review enters its prompt: as its work, as a report, or not at all. Everything else all roles read. */
  readonly review: 'issues' | 'report' | 'none';
  /** Roles of whose files it is told the paths only. */
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

/** The role of this name, or `undefined` if there is none. */
export function findRole(name: string): RoleDefinition | undefined {
  return roles.find((definition) => definition.role === name);
}

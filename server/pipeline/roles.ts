import type { Format, Role } from '@stagewire/shared';
import { architectPrompt } from './prompts/architect.ts';
import { coderPrompt } from './prompts/coder.ts';
import { documenterPrompt } from './prompts/documenter.ts';
import { refinerPrompt } from './prompts/refiner.ts';
import { reviewerPrompt } from './prompts/reviewer.ts';
import { testerPrompt } from './prompts/tester.ts';

/** What a role does and reads. Data only: adding a role means adding one of these. */
export interface RoleDefinition {
  readonly role: Role;
  /** How its text is to be read: `json` is a review, the `code` of a finished stage holds files. */
  readonly format: Format;
  /** The system prompt, without the run's own instructions. */
  readonly system: string;
  /** Roles whose latest text enters its prompt. A role that reads itself sees what it wrote in an earlier stage. */
  readonly reads: readonly Role[];
  /** Whether the run's context files enter its prompt. */
  readonly readsFiles: boolean;
  /** Whether the issues of the latest review enter its prompt, in place of the reviewer's raw text. */
  readonly readsIssues: boolean;
}

/** Every role, in the pipeline's order. */
export const roles: readonly RoleDefinition[] = [
  {
    role: 'architect',
    format: 'markdown',
    system: architectPrompt,
    reads: ['architect', 'reviewer'],
    readsFiles: true,
    readsIssues: false,
  },
  {
    role: 'coder',
    format: 'code',
    system: coderPrompt,
    reads: ['architect', 'coder', 'refiner', 'reviewer'],
    readsFiles: true,
    readsIssues: false,
  },
  {
    role: 'reviewer',
    format: 'json',
    system: reviewerPrompt,
    reads: ['architect', 'coder', 'refiner', 'reviewer'],
    readsFiles: true,
    readsIssues: false,
  },
  {
    role: 'refiner',
    format: 'code',
    system: refinerPrompt,
    reads: ['architect', 'coder', 'refiner'],
    readsFiles: true,
    readsIssues: true,
  },
  {
    role: 'tester',
    format: 'code',
    system: testerPrompt,
    reads: ['architect', 'coder', 'refiner', 'tester'],
    readsFiles: true,
    readsIssues: false,
  },
  {
    role: 'documenter',
    format: 'markdown',
    system: documenterPrompt,
    reads: ['architect', 'coder', 'refiner', 'reviewer', 'tester', 'documenter'],
    readsFiles: true,
    readsIssues: false,
  },
];

/** The roles of a run that names none: all but the tester. */
export const defaultRoles: readonly Role[] = roles
  .map((definition) => definition.role)
  .filter((role) => role !== 'tester');

/** The role of this name, or `undefined` if there is none. */
export function findRole(name: string): RoleDefinition | undefined {
  return roles.find((definition) => definition.role === name);
}

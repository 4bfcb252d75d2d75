import type { Identity, Permission } from '@stagewire/client';

/** The name of a caller for people. */
export function nameOf({ actor }: Identity): string {
  return actor.name ?? actor.id;
}

/** What each permission allows, in the order of the contract. */
export const permissionTexts: Readonly<Record<Permission, string>> = {
  'runs:read': 'Read runs, their files and prompts',
  'runs:start': 'Start runs',
  'runs:control': 'Steer, redirect and cancel runs, and share them by links',
  'runs:delete': 'Delete runs',
  'metrics:read': 'Read the metrics of the server',
  admin: 'Administer: everything, for the runs of every owner, and access keys',
};

/** What a link permits, for the middle of a sentence. */
export function linkText(may: 'read' | 'control'): string {
  return may === 'control' ? 'watch and control' : 'watch';
}

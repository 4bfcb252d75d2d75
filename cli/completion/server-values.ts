import { mayCall, type Stagewire } from '@stagewire/client';
import { knownRoles } from '@stagewire/shared/default-roles';
import { cleanLine } from '../render/clean-text.ts';
import type { Candidate, ValueKind } from './completion-of.ts';

/** More runs are no help in a list. */
const maxRuns = 20;

/** The values of a kind that need no server: those of this version. */
export function knownValues(kind: ValueKind): Candidate[] {
  const suffix = kind === 'role=' ? '=' : '';
  if (kind === 'role' || kind === 'role-list' || kind === 'role=')
    return knownRoles.map((role) => ({ value: role + suffix, description: '' }));
  return kind === 'model' ? [{ value: 'rehearsal', description: '' }] : [];
}

/** The values of a kind that the server knows. */
export async function serverValues(client: Stagewire, kind: ValueKind): Promise<Candidate[]> {
  switch (kind) {
    case 'run': {
      const { items } = await client.list({ limit: maxRuns });
      return items.map(({ runId, status, task }) => ({
        value: cleanLine(runId),
        description: `${status}, ${cleanLine(task, 60)}`,
      }));
    }
    case 'role':
    case 'role-list':
    case 'role=': {
      const { roles } = await client.info();
      return roles.map(({ role }) => ({
        value: `${cleanLine(role)}${kind === 'role=' ? '=' : ''}`,
        description: '',
      }));
    }
    case 'model': {
      const refs = new Set([...(await modelRefs(client)), 'rehearsal']);
      return [...refs].map((value) => ({ value, description: '' }));
    }
    case 'owner': {
      const { you } = await client.info();
      return (you?.owners ?? []).map((owner) => ({ value: cleanLine(owner), description: '' }));
    }
    case 'file':
      return [];
    default:
      kind satisfies never;
      return [];
  }
}

/** The models of all providers; without the permission to list them, the defaults of the server. */
async function modelRefs(client: Stagewire): Promise<string[]> {
  const { models, you } = await client.info();
  const defaults = Object.values(models);
  if (!mayCall(you, 'models.list')) return defaults.map((it) => cleanLine(it));
  const { providers } = await client.models();
  const listed = providers.flatMap((provider) => provider.models.map(({ model }) => model));
  return [...defaults, ...listed].map((it) => cleanLine(it));
}

import { grouped } from '@stagewire/client';
import type { ListedModel, ModelList } from '@stagewire/client';

/** Models to choose from, below one name. */
export interface ModelGroup {
  readonly label: string;
  readonly models: readonly ListedModel[];
}

/** The models of a group that are shown. */
export interface ShownGroup extends ModelGroup {
  /** The label and, if not all models are shown, how many. */
  readonly title: string;
  /** How many models of the group match. */
  readonly found: number;
}

/** Models of one group that are shown at once: the layout of all would block the page. */
const maxShown = 50;

/**
 * The models by provider. Those that are set on the server and are not in the list come first: without a list, all of
 * them and the rehearsal.
 */
export function modelGroups(
  list: ModelList | undefined,
  serverModels: Readonly<Record<string, string>>,
): readonly ModelGroup[] {
  const providers = list?.providers.filter(({ models }) => models.length > 0) ?? [];
  const listed = new Set(providers.flatMap(({ models }) => models.map(({ model }) => model)));
  const known = new Set([...Object.values(serverModels), ...(list === undefined ? ['rehearsal'] : [])]);
  const others = [...known].filter((model) => !listed.has(model));
  return [
    ...(others.length === 0
      ? []
      : [{ label: 'Set on this server', models: others.map((model) => ({ model })) }]),
    ...providers.map(({ label, models }) => ({ label, models })),
  ];
}

/** The groups with the models that have every word of `search`, in any case; without words all. */
export function matchingGroups(groups: readonly ModelGroup[], search: string): readonly ShownGroup[] {
  const words = search.toLowerCase().split(/\s+/);
  return groups.flatMap(({ label, models }) => {
    const found = models.filter(({ model }) => {
      const name = model.toLowerCase();
      return words.every((word) => name.includes(word));
    });
    if (found.length === 0) return [];
    const shown = found.slice(0, maxShown);
    const part = `${label}, ${shown.length} of ${grouped(found.length)}: type to search`;
    const title = shown.length === found.length ? label : part;
    return [{ label, models: shown, title, found: found.length }];
  });
}

/** `200k context`, if it is known. */
export function contextText({ contextTokens }: ListedModel): string | undefined {
  if (contextTokens === undefined) return undefined;
  if (contextTokens >= 1_000_000) return `${Math.floor(contextTokens / 100_000) / 10}M context`;
  return contextTokens >= 1000 ? `${Math.floor(contextTokens / 1000)}k context` : `${contextTokens} context`;
}

import { parseModelRef } from './model-ref.ts';
import { modelPreferences, unsuitableModels } from './model-preferences.ts';
import { optionalProviders, remoteProviders } from './provider-settings.ts';
import type { ProviderSettings, RemoteName } from './provider-settings.ts';
import type { ListModelsOptions } from './remote-provider.ts';

export interface ChooseModelOptions {
  /** The values of STAGEWIRE_MODEL and STAGEWIRE_MODEL_<ROLE>. */
  readonly models: ConfiguredModels;
  readonly settings: ProviderSettings;
  listModels(name: RemoteName, options: ListModelsOptions): Promise<readonly string[]>;
  /** Timeout for the model list of a provider with a key, in milliseconds. @default 10_000 */
  readonly listTimeoutMs?: number;
  /** Timeout for the model list of Ollama, which may not be running, in milliseconds. @default 300 */
  readonly ollamaTimeoutMs?: number;
}

export interface ConfiguredModels {
  readonly default?: string;
  /** By the role's name in lower case. */
  readonly perRole: Readonly<Record<string, string>>;
}

/** The models of runs that name none. */
export interface ModelChoice {
  readonly default: string;
  readonly perRole: Readonly<Record<string, string>>;
  /** False: the default model is the rehearsal, the built-in simulated model. */
  readonly realModel: boolean;
  /** Lines to print when the server starts: which model was chosen, why, and which variable changes it. */
  readonly notes: readonly string[];
}

/** No model can be chosen although one is configured: the server does not start. */
export class ModelChoiceError extends Error {
  override readonly name = 'ModelChoiceError';
}

/**
 * Chooses the default model: the value of STAGEWIRE_MODEL; else a model of the first configured provider, in the
 * order Anthropic, OpenAI, OpenRouter, compatible server; else a model of Ollama, if it responds; else the
 * rehearsal.
 *
 * @throws ModelChoiceError if the models of a configured provider cannot be listed, or none of them is preferred.
 */
export async function chooseModel(options: ChooseModelOptions): Promise<ModelChoice> {
  const { models, settings } = options;
  const chosen =
    models.default === undefined
      ? await chooseDefault(options)
      : { model: models.default, notes: [`Model: ${models.default} (set by STAGEWIRE_MODEL).`] };
  const configured = optionalProviders.filter((name) => settings[name] !== undefined);
  const realModel = parseModelRef(chosen.model).provider !== 'rehearsal';
  return {
    default: chosen.model,
    perRole: models.perRole,
    realModel,
    notes: [
      ...chosen.notes,
      ...(models.default !== undefined && !realModel ? [rehearsalNote] : []),
      ...(models.default === undefined ? othersNote(configured) : []),
      ...Object.entries(models.perRole).map(
        ([role, model]) => `Model of the ${role}: ${model} (set by STAGEWIRE_MODEL_${role.toUpperCase()}).`,
      ),
    ],
  };
}

interface Chosen {
  readonly model: string;
  readonly notes: readonly string[];
}

const rehearsalNote =
  'Rehearsal is the built-in simulated model: it calls no API and generates its text on this machine from the words of the task.';

async function chooseDefault(options: ChooseModelOptions): Promise<Chosen> {
  const first = optionalProviders.find((name) => options.settings[name] !== undefined);
  if (first === undefined) return chooseWithoutKey(options);
  const { label, variable } = remoteProviders[first];
  const ids = await list(first, options);
  const best = preferred(first, ids);
  if (best === undefined) {
    throw new ModelChoiceError(
      `${variable} is set without STAGEWIRE_MODEL, and none of the models of ${label} (${ids.length}) can be chosen ` +
        `automatically${examplesOf(first, ids)}. Set STAGEWIRE_MODEL to the model to use.`,
    );
  }
  return {
    model: `${first}/${best}`,
    notes: [
      `Model: ${first}/${best}, chosen from the ${ids.length} models of ${label} because ${variable} is set. ` +
        'Set STAGEWIRE_MODEL to change it.',
    ],
  };
}

async function list(name: RemoteName, options: ChooseModelOptions): Promise<readonly string[]> {
  try {
    return await options.listModels(name, { timeoutMs: options.listTimeoutMs ?? 10_000 });
  } catch (error) {
    const { label, variable } = remoteProviders[name];
    throw new ModelChoiceError(
      `${variable} is set without STAGEWIRE_MODEL, and the models of ${label} cannot be listed: ` +
        `${messageOf(error)} Set STAGEWIRE_MODEL to a model, or to rehearsal to start without one.`,
      { cause: error },
    );
  }
}

async function chooseWithoutKey(options: ChooseModelOptions): Promise<Chosen> {
  const { baseUrl } = options.settings.ollama;
  const keys =
    'To use a real model, set ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY or STAGEWIRE_MODEL.';
  let ids: readonly string[];
  try {
    ids = await options.listModels('ollama', { timeoutMs: options.ollamaTimeoutMs ?? 300 });
  } catch (error) {
    // Ollama is only a guess: if it is not running, the rehearsal is used, and the reason is printed.
    const why = `no key is set, and the models of Ollama cannot be listed: ${messageOf(error).replace(/\.$/, '')}`;
    return { model: 'rehearsal', notes: [`Model: rehearsal, since ${why}.`, rehearsalNote, keys] };
  }
  const best = preferred('ollama', ids);
  if (best === undefined) {
    const why = `no key is set, and none of the models of Ollama at ${baseUrl} (${ids.length}) generates text`;
    return {
      model: 'rehearsal',
      notes: [`Model: rehearsal, since ${why}${examplesOf('ollama', ids)}.`, rehearsalNote, keys],
    };
  }
  return {
    model: `ollama/${best}`,
    notes: [
      `Model: ollama/${best}, chosen from the ${ids.length} models of Ollama at ${baseUrl}, since no key is set. ` +
        'Set STAGEWIRE_MODEL to change it.',
    ],
  };
}

/** The preferred model; `undefined` if no preference matches. */
export function preferred(name: RemoteName, ids: readonly string[]): string | undefined {
  const suitable = ids.filter((id) => !unsuitableModels.test(id) && isPrintable(id));
  for (const pattern of modelPreferences[name]) {
    const [best] = suitable
      .flatMap((id) => {
        const match = pattern.exec(id);
        return match === null ? [] : [{ id, version: match.slice(1).map((part) => Number(part ?? 0)) }];
      })
      .toSorted((one, other) => byVersion(one.version, other.version) || shorter(one, other));
    if (best !== undefined) return best.id;
  }
  return undefined;
}

function byVersion(one: readonly number[], other: readonly number[]): number {
  const difference = one.map((part, place) => (other[place] ?? 0) - part).find((part) => part !== 0);
  return difference ?? 0;
}

/** The shorter id wins only between equal versions, where it separates an alias from its dated copy. */
function shorter(
  one: { readonly id: string; readonly version: readonly number[] },
  other: { readonly id: string },
): number {
  return one.version.length === 0 ? 0 : one.id.length - other.id.length;
}

/** An id with a space cannot be written as a ModelRef, and one with an escape sequence could control a terminal. */
function isPrintable(id: string): boolean {
  return /^[^\s\p{C}]{1,250}$/u.test(id);
}

function examplesOf(name: RemoteName, ids: readonly string[]): string {
  const some = ids
    .filter(isPrintable)
    .slice(0, 3)
    .map((id) => `${name}/${id}`);
  return some.length === 0 ? '' : ` (available, for example: ${some.join(', ')})`;
}

function othersNote(configured: readonly RemoteName[]): readonly string[] {
  const [first, ...others] = configured;
  if (first === undefined || others.length === 0) return [];
  const variables = others.map((name) => remoteProviders[name].variable).join(' and ');
  return [
    `${variables} ${others.length === 1 ? 'is' : 'are'} also set; runs and STAGEWIRE_MODEL can name their models.`,
  ];
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.endsWith('.') ? message : `${message}.`;
}

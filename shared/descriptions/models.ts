import type { SchemaDescriptions } from './description.ts';

/** Descriptions of the schemas in `shared/model-list.ts`. */
export const modelDescriptions: SchemaDescriptions = {
  ListedModel: {
    text: 'A model that a run can name.',
    fields: {
      model: 'Its reference, as a value of `models` in `runs.start`.',
      contextTokens:
        'The context window of the model, in tokens of prompt and answer together. Absent: the provider does not report it.',
      outputTokens: 'The longest answer of the model, in tokens. Absent: the provider does not report it.',
    },
  },
  ProviderModels: {
    text: 'The models of one provider.',
    fields: {
      provider: 'Name of the provider in a `ModelRef`, for example `anthropic`.',
      label: 'Display name of the provider.',
      models:
        'The models that the key of the server can use, in the order of the provider; those whose names suggest that they do not generate text are last. Empty after a failure.',
      omitted:
        'How many further models of the provider are left out: above the limit `maxModelsPerProvider`, or with a name that is not a valid `ModelRef`.',
      listedAt: 'When the provider answered, or the request failed.',
      failure: 'Why the models could not be listed. Absent: they are listed.',
    },
  },
  ModelList: {
    text: 'The models that runs can name, by provider.',
    fields: {
      providers: 'The configured providers; Ollama, which needs no key, always; the rehearsal last.',
    },
  },
};

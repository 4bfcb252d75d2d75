import { z } from 'zod';
import { Count, Failure, Instant, ModelRef } from './primitives.ts';

/** The models that runs can name on a server. */

export const ListedModel = z
  .strictObject({ model: ModelRef, contextTokens: Count.optional(), outputTokens: Count.optional() })
  .meta({ id: 'ListedModel' });

export const ProviderModels = z
  .strictObject({
    provider: z.string(),
    label: z.string(),
    models: z.array(ListedModel),
    omitted: Count,
    listedAt: Instant,
    failure: Failure.optional(),
  })
  .meta({ id: 'ProviderModels' });

export const ModelList = z.strictObject({ providers: z.array(ProviderModels) }).meta({ id: 'ModelList' });

export type ListedModel = z.infer<typeof ListedModel>;
export type ProviderModels = z.infer<typeof ProviderModels>;
export type ModelList = z.infer<typeof ModelList>;

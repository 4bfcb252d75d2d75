import { ModelList } from '@stagewire/shared/model-list';
import type { Check } from './check.ts';
import { CheckFailed, holds, same } from './expectation.ts';
import { dataOf, type CheckTools } from './verify-kit.ts';

/** P74 and P75: the lists of models. */
export const checksOfModels: readonly Check[] = [
  {
    rule: 'P74',
    name: 'models.list has the rehearsal, and of each provider distinct models that a run can name',
    async run(kit) {
      const { providers } = await listOf(kit);
      holds(
        providers.some(({ provider }) => provider === 'rehearsal'),
        'an entry for the rehearsal',
        providers.map(({ provider }) => provider),
      );
      const max = kit.info.limits['maxModelsPerProvider'] ?? Infinity;
      for (const { provider, models } of providers) {
        const refs = models.map(({ model }) => model);
        same(`the models of ${provider} that occur twice`, refs.length - new Set(refs).size, 0);
        const foreign = refs.filter((ref) => ref !== provider && !ref.startsWith(`${provider}/`));
        same(`the models below ${provider} that are of another provider`, foreign, []);
        holds(refs.length <= max, `at most ${max} models of ${provider}`, refs.length);
      }
    },
  },
  {
    rule: 'P75',
    name: 'a provider that cannot be listed has a failure and no models, and the call succeeds',
    async run(kit) {
      const { providers } = await listOf(kit);
      for (const { provider, models, failure } of providers) {
        if (failure === undefined) continue;
        same(`the models of ${provider}, which cannot be listed`, models, []);
        holds(failure.message !== '', `a reason why ${provider} cannot be listed`, failure);
      }
    },
  },
];

/** @throws CheckFailed if the answer does not have the shape. */
async function listOf(kit: CheckTools): Promise<ModelList> {
  const answer = dataOf(await (await kit.wire()).ask('query', 'models.list'));
  const { data, error } = ModelList.safeParse(answer);
  if (data !== undefined) return data;
  // Additions of a later version are permitted (K1).
  const others = error.issues.filter(({ code }) => code !== 'unrecognized_keys');
  if (others.length > 0) throw new CheckFailed('a ModelList', others);
  return answer as ModelList;
}

import { counted, grouped } from '@stagewire/shared/units/count';
import type { ListedModel, ModelList, ProviderModels } from '@stagewire/client';
import type { Paint } from '../terminal/paint.ts';
import { cleanLine } from './clean-text.ts';

/** The models by provider: a line with name and number, then a model per line with its limits, as far as they are known. */
export function modelLines({ providers }: ModelList, paint: Paint): string[] {
  const width = Math.max(
    0,
    ...providers.flatMap(({ models }) => models.map(({ model }) => cleanLine(model).length)),
  );
  return providers.flatMap((provider, index) => [
    ...(index === 0 ? [] : ['']),
    `${paint('bold', cleanLine(provider.label))}  ${paint('dim', summaryOf(provider))}`,
    ...(provider.failure === undefined ? [] : [paint('yellow', `  ${cleanLine(provider.failure.message)}`)]),
    ...provider.models.map((model) => modelLine(model, width, paint)),
  ]);
}

function summaryOf({ models, omitted, failure }: ProviderModels): string {
  if (failure !== undefined) return `not listed, ${cleanLine(failure.code)}`;
  return `${counted(models.length, 'model')}${omitted === 0 ? '' : `, ${grouped(omitted)} not listed`}`;
}

function modelLine({ model, contextTokens, outputTokens }: ListedModel, width: number, paint: Paint): string {
  const name = cleanLine(model);
  const limits = [
    ...(contextTokens === undefined ? [] : [`context ${grouped(contextTokens)}`]),
    ...(outputTokens === undefined ? [] : [`output ${grouped(outputTokens)}`]),
  ].join(', ');
  return limits === '' ? `  ${name}` : `  ${name.padEnd(Math.min(width, 60))}  ${paint('dim', limits)}`;
}

import { counted, grouped } from '@stagewire/client';
import type { ModelList } from '@stagewire/client';
import type { UseModels } from '@stagewire/client/react';

/** Where the offered models come from, and which could not be listed. */
export function ModelListNote({ models }: { readonly models: UseModels }) {
  const { status, list, error, retry } = models;
  if (status === 'loading') {
    return (
      <p className="muted fetching" role="status">
        Loading the models that this server can use
      </p>
    );
  }
  if (status === 'unavailable') {
    return (
      <p className="problems" role="alert">
        The models could not be loaded. {error?.message} A model can still be typed.{' '}
        <button type="button" className="small" onClick={retry}>
          Retry
        </button>
      </p>
    );
  }
  return list === undefined ? null : <Listed list={list} />;
}

function Listed({ list: { providers } }: { readonly list: ModelList }) {
  const real = providers.filter(({ provider }) => provider !== 'rehearsal');
  const listed = real.filter(({ models }) => models.length > 0);
  const failed = real.flatMap(({ provider, label, failure }) =>
    failure === undefined ? [] : [{ provider, label, failure }],
  );
  const omitted = real.reduce((sum, it) => sum + it.omitted, 0);
  return (
    <div className="model-list-note muted" role="status">
      <p>
        {listed.length === 0
          ? 'No provider has a model that this server can use: only the rehearsal is listed.'
          : `${listed.map(({ label, models }) => `${label}: ${counted(models.length, 'model')}`).join(', ')}.`}
        {omitted === 0 ? '' : ` ${grouped(omitted)} more can be typed.`}
      </p>
      {failed.map(({ provider, label, failure }) => (
        <p key={provider}>
          {label}: not listed. {failure.message}
        </p>
      ))}
    </div>
  );
}

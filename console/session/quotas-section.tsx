import { useCallback } from 'react';
import type { Quota } from '@stagewire/client';
import { useAnswer, useStagewire } from '@stagewire/client/react';
import { isQuotaNear, quotaLabel, quotaText } from '@stagewire/client/text';
import { useServerClock } from '../shell/server-clock.ts';
import { dateAndTime } from './date-and-time.ts';

/** The limits of the owner, and how much of each is used; nothing if the owner has none. */
export function QuotasSection() {
  const { quotas, currency } = useQuotas();
  const nowMs = useServerClock().now();
  if (quotas.length === 0) return null;
  return (
    <section aria-labelledby="account-quotas">
      <h2 id="account-quotas">Limits</h2>
      <dl className="account-facts">
        {quotas.map((quota) => (
          <div key={quota.limit}>
            <dt>{capitalize(quotaLabel(quota))}</dt>
            <dd className={isQuotaNear(quota) ? 'is-near' : undefined}>
              {quotaText(quota, currency)}
              {quota.resetAt === undefined ? null : (
                <span className="muted">, reset at {dateAndTime(quota.resetAt, nowMs)}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Above the button that starts a run: the limits of which four fifths are used. */
export function QuotaNote() {
  const { quotas, currency } = useQuotas();
  const nowMs = useServerClock().now();
  const near = quotas.filter((quota) => limitsStarts.has(quota.limit) && isQuotaNear(quota));
  if (near.length === 0) return null;
  return (
    <p className="start-quotas" role="status">
      {near.map((quota) => (
        <span key={quota.limit}>
          {capitalize(quotaLabel(quota))}: {quotaText(quota, currency)} used
          {quota.resetAt === undefined ? '' : `, reset at ${dateAndTime(quota.resetAt, nowMs)}`}.{' '}
        </span>
      ))}
    </p>
  );
}

/** Those that reject a start or make its run wait. */
const limitsStarts: ReadonlySet<string> = new Set<Quota['limit']>([
  'startsPerMinute',
  'runningRuns',
  'queuedRuns',
  'tokensPerDay',
  'costPerDay',
]);

function useQuotas() {
  const stagewire = useStagewire();
  // They change with each run: the answer of the first connection is old.
  const ask = useCallback((signal: AbortSignal) => stagewire.info({ signal }), [stagewire]);
  const { value } = useAnswer(ask);
  return { quotas: value?.quotas ?? [], currency: value?.prices?.currency };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

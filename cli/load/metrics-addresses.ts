import type { ServerAddress } from '../terminal/server-address.ts';
import type { MetricThreshold } from './metric-threshold.ts';
import type { MetricsAddress } from './metrics-reader.ts';
import type { Threshold } from './threshold.ts';

/** Where the metrics are that thresholds name; empty if they name none. A key is sent only to the server that it is for. */
export function metricsAddresses(
  thresholds: readonly (Threshold | MetricThreshold)[],
  { found, urls }: { readonly found: readonly ServerAddress[]; readonly urls: readonly string[] | undefined },
): readonly MetricsAddress[] {
  if (!thresholds.some((it) => 'metric' in it)) return [];
  if (urls === undefined) {
    return found.map(({ url, token }) => ({ url: `${url.replace(/\/$/, '')}/metrics`, token }));
  }
  return urls.map((given) => {
    const url = URL.parse(given);
    const server = found.find((it) => URL.parse(it.url)?.origin === url?.origin);
    const isRoot = url !== null && url.pathname === '/';
    return { url: isRoot ? new URL('/metrics', url).href : given, token: server?.token };
  });
}

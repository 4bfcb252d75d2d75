import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { isLoopback } from '../runtime/is-loopback.ts';

/** A port for metrics only. */
interface MetricsSettings {
  /** An address, or `localhost`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** A part of `Config`. */
export interface MetricsConfig {
  /** A port of their own for metrics, without authentication. @default none */
  readonly metrics?: MetricsSettings;
}

/** The ranges for private networks, and those that platforms for containers use. */
const privateRanges = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const) {
  privateRanges.addSubnet(network, prefix, 'ipv4');
}
privateRanges.addSubnet('fc00::', 7, 'ipv6');
privateRanges.addSubnet('fe80::', 10, 'ipv6');

export const metricsVariables = {
  STAGEWIRE_METRICS_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port from 1 to 65535, or 0 for any free port')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be a port from 1 to 65535, or 0 for any free port')
    .optional(),
  /** Without authentication, so not `0.0.0.0`: that includes addresses that the internet can reach. */
  STAGEWIRE_METRICS_HOST: z
    .string()
    .refine(
      (host) => isLoopback(host) || isPrivate(host),
      'must be localhost or one address of this machine in a private range, such as 10.0.0.5: metrics are served there without authentication',
    )
    .default('127.0.0.1'),
};

interface MetricsValues {
  readonly STAGEWIRE_METRICS_PORT?: number | undefined;
  readonly STAGEWIRE_METRICS_HOST: string;
}

/** What a configuration has of it: nothing without a port. */
export function metricsOf(values: MetricsValues): MetricsConfig {
  const { STAGEWIRE_METRICS_PORT: port, STAGEWIRE_METRICS_HOST: host } = values;
  return port === undefined ? {} : { metrics: { host, port } };
}

function isPrivate(host: string): boolean {
  const version = isIP(host);
  return version !== 0 && privateRanges.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

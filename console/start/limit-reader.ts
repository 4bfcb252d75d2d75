import { defaultLimits } from '@stagewire/client';

/** Reads the limits of a server, as `server.info` says them; one that it does not say is the protocol's default. */
export function limitReader(
  limits: Readonly<Record<string, number>>,
): (name: keyof typeof defaultLimits) => number {
  return (name) => limits[name] ?? defaultLimits[name];
}

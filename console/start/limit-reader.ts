import { defaultLimits } from '@stagewire/client';

/** Reads limits of `server.info`; one that is missing has the protocol's default. */
export function limitReader(
  limits: Readonly<Record<string, number>>,
): (name: keyof typeof defaultLimits) => number {
  return (name) => limits[name] ?? defaultLimits[name];
}

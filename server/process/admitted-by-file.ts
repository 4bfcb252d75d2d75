import type { EnvFile } from './dot-env.ts';

/** Longer values are truncated. */
const maxShownChars = 200;

/**
 * A line that warns that a file, not the environment, admits pages or hosts; none if it does not. A folder from
 * someone else may admit pages that then start runs with the operator's keys.
 *
 * @param admitted The parsed variables.
 * @param file The variables from a file; `undefined` if there is none.
 */
export function admittedByFile(
  admitted: {
    readonly STAGEWIRE_ORIGINS: readonly string[];
    readonly STAGEWIRE_HOSTS: readonly string[];
    readonly STAGEWIRE_PUBLIC_URL?: URL | undefined;
  },
  file: EnvFile | undefined,
): string[] {
  if (file === undefined) return [];
  const { STAGEWIRE_ORIGINS, STAGEWIRE_HOSTS } = admitted;
  const STAGEWIRE_PUBLIC_URL =
    admitted.STAGEWIRE_PUBLIC_URL === undefined ? [] : [admitted.STAGEWIRE_PUBLIC_URL.href];
  const set = Object.entries({ STAGEWIRE_ORIGINS, STAGEWIRE_HOSTS, STAGEWIRE_PUBLIC_URL }).flatMap(
    ([name, values]) =>
      file.names.has(name) && values.length > 0 ? [`${name}=${shown(values.join(','))}`] : [],
  );
  if (set.length === 0) return [];
  return [
    `Pages: ${file.path} sets ${set.join(' and ')}. Web pages of these origins and hosts can start runs with your keys.`,
  ];
}

function shown(value: string): string {
  return value.length <= maxShownChars ? value : `${value.slice(0, maxShownChars)}…`;
}

import type { EnvFile } from './dot-env.ts';

/** More than this of a value tells a person nothing more. */
const maxShownChars = 200;

/**
 * A line that says that a file, and not the environment, lets pages or hosts in; none if it does not. A folder that
 * somebody gave away may name pages that then start runs with the keys of whoever starts a server in it.
 *
 * @param admitted What has been read of the variables.
 * @param file What came from a file; `undefined` if there is none.
 */
export function admittedByFile(
  admitted: { readonly STAGEWIRE_ORIGINS: readonly string[]; readonly STAGEWIRE_HOSTS: readonly string[] },
  file: EnvFile | undefined,
): string[] {
  if (file === undefined) return [];
  const { STAGEWIRE_ORIGINS, STAGEWIRE_HOSTS } = admitted;
  const set = Object.entries({ STAGEWIRE_ORIGINS, STAGEWIRE_HOSTS }).flatMap(([name, values]) =>
    file.names.has(name) && values.length > 0 ? [`${name}=${shown(values.join(','))}`] : [],
  );
  if (set.length === 0) return [];
  return [
    `Pages: ${file.path} sets ${set.join(' and ')}. Whoever is admitted by that can start runs with your keys.`,
  ];
}

function shown(value: string): string {
  return value.length <= maxShownChars ? value : `${value.slice(0, maxShownChars)}…`;
}

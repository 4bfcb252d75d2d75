import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import type { EnvFile } from './dot-env.ts';

/** Each variable that holds a secret. `STAGEWIRE_DATABASE_URL` has a file of its own, which is read when it is used. */
export const secretVariables = [
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'OPENROUTER_API_KEY',
  'COMPATIBLE_API_KEY',
  'COMPATIBLE_HEADERS',
  'STAGEWIRE_OIDC_CLIENT_SECRET',
  'STAGEWIRE_TOKEN',
  'STAGEWIRE_WEBHOOK_SECRET',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
] as const;

/** Size of such a file in bytes. */
const maxBytes = 65_536;

/**
 * Replaces each variable `NAME_FILE` by `NAME` with the content of the file, for all secrets: so that a secret of Docker,
 * Kubernetes or systemd is in no environment that other programs see. White space at both ends is removed.
 *
 * @param file The variables that came from a file.
 * @returns `file` with the variables that were replaced.
 * @throws ConfigError with each file that cannot be read, and each secret that is set twice.
 */
export function loadSecretFiles(
  env: Record<string, string | undefined>,
  file: EnvFile | undefined,
): EnvFile | undefined {
  const problems: string[] = [];
  const names = new Set(file?.names);
  for (const name of secretVariables) {
    const variable = `${name}_FILE`;
    const path = env[variable]?.trim() ?? '';
    if (path === '') continue;
    if ((env[name]?.trim() ?? '') !== '') {
      problems.push(`${name} and ${variable} are both set. Unset one of them.`);
      continue;
    }
    const secret = contentOf(path);
    if (secret === undefined) {
      problems.push(
        `The file of ${variable} cannot be used: it must be readable, not empty, and have at most ${maxBytes} bytes. Correct the path, or the file.`,
      );
      continue;
    }
    env[name] = secret;
    delete env[variable];
    if (names.delete(variable)) names.add(name);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return file === undefined ? undefined : { ...file, names };
}

function contentOf(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    const text = bytes.length > maxBytes ? '' : bytes.toString('utf8').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

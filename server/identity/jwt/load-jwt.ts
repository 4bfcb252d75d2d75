import type { JwtSettings } from './jwt-settings.ts';
import type { OpenedJwt, OpenJwtOptions } from './open-jwt.ts';

/** Opens what the settings need, if there are some. Loading the libraries takes 0.1 s, which other servers save. */
export async function loadJwt(
  settings: JwtSettings | undefined,
  parts: Omit<OpenJwtOptions, 'settings'>,
): Promise<OpenedJwt | undefined> {
  if (settings === undefined) return undefined;
  const { openJwt } = await import('./open-jwt.ts');
  return openJwt({ settings, ...parts });
}

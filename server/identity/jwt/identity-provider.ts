import { wireErrors } from '@stagewire/shared/wire-errors';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ProviderProblem, type ProviderFetch } from './provider-fetch.ts';

export interface IdentityProviderOptions {
  readonly issuer: string;
  readonly fetch: ProviderFetch['fetch'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often keys are read again: a key that the provider removes is accepted for so long. @default 600000 */
  readonly refreshMs?: number;
  /** At most one read in this time because of keys that are not known, in milliseconds. @default 10000 */
  readonly cooldownMs?: number;
  /** The longest pause between attempts to reach the provider, in milliseconds. @default 60000 */
  readonly maxRetryMs?: number;
  /** Keys of the provider at the same time. @default 100 */
  readonly maxKeys?: number;
}

/** The OpenID provider whose tokens are accepted. */
export interface IdentityProvider {
  /** @throws StagewireError OVERLOADED if the provider has not been reached yet. */
  current(): Promise<KnownProvider>;
  /** After a token was signed with an unknown key: what is known now. At most one request per `cooldownMs`. */
  refetch(): Promise<KnownProvider>;
  /** Stops the timer. */
  close(): void;
}

/** What the provider has published. */
export interface KnownProvider {
  readonly metadata: ProviderMetadata;
  /** Finds the key of a token by its header. @throws JWKSNoMatchingKey, JWKSMultipleMatchingKeys */
  readonly findKey: JWTVerifyGetKey;
}

/** The parts of a discovery document that are used. */
export type ProviderMetadata = z.infer<typeof Metadata>;

const Metadata = z.object({
  issuer: z.string(),
  jwks_uri: z.string(),
  authorization_endpoint: z.string().exactOptional(),
  token_endpoint: z.string().exactOptional(),
  scopes_supported: z.array(z.string()).exactOptional(),
  id_token_signing_alg_values_supported: z.array(z.string()).exactOptional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).exactOptional(),
  authorization_response_iss_parameter_supported: z.boolean().exactOptional(),
});

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/**
 * Reads keys and endpoints of the provider at once, then every `refreshMs`. While the provider cannot be reached, the
 * last ones stay in use: what was verified stays valid. The server starts without them, and tokens are rejected with a
 * retryable error until the first read succeeds.
 */
export function createIdentityProvider(options: IdentityProviderOptions): IdentityProvider {
  const { issuer, fetch, clock, logger } = options;
  const { refreshMs = 600_000, cooldownMs = 10_000, maxRetryMs = 60_000, maxKeys = 100 } = options;
  let known: KnownProvider | undefined;
  let inFlight: Promise<void> | undefined;
  let failures = 0;
  let refetchedAtMs = -Infinity;
  let cancelTimer = () => {};
  let isClosed = false;

  function refresh(): Promise<void> {
    cancelTimer();
    inFlight ??= load().finally(() => {
      inFlight = undefined;
      const waitMs =
        failures === 0 ? refreshMs : Math.min(maxRetryMs, 1000 * 2 ** Math.min(failures - 1, 20));
      if (!isClosed) cancelTimer = clock.after(waitMs, () => void refresh());
    });
    return inFlight;
  }

  /** Never rejects. */
  async function load(): Promise<void> {
    try {
      known = await read();
      if (failures > 0) logger.info({ issuer }, 'the identity provider can be reached again');
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures > 1 || isClosed) return;
      const outcome =
        known === undefined ? 'its tokens are rejected until then' : 'its last keys stay in use';
      logger.warn(
        { issuer, problem: error instanceof Error ? error.message : String(error) },
        `the identity provider cannot be used; retrying, and ${outcome}`,
      );
    }
  }

  async function read(): Promise<KnownProvider> {
    const metadata = await readDocument(discoveryUrlOf(issuer), Metadata);
    if (metadata.issuer !== issuer) {
      throw new ProviderProblem('the issuer in the discovery document is not STAGEWIRE_JWT_ISSUER');
    }
    for (const [name, url] of Object.entries(metadata)) {
      if (/_uri$|_endpoint$/.test(name)) requireSafe(name, String(url), issuer);
    }
    const { keys } = await readDocument(metadata.jwks_uri, KeySet);
    // One answer without keys, as from a provider that is starting, must not reject all tokens.
    if (keys.length === 0) throw new ProviderProblem('the key set is empty');
    if (keys.length > maxKeys) throw new ProviderProblem(`the key set has more than ${maxKeys} keys`);
    return { metadata, findKey: createLocalJWKSet({ keys } satisfies JSONWebKeySet) };
  }

  async function readDocument<Schema extends z.ZodType>(
    url: string,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const response = await fetch(url, { headers: { accept: 'application/json' } });
    if (response.status !== 200) throw new ProviderProblem(`${url} answers with status ${response.status}`);
    const { data } = schema.safeParse(await response.json().catch(() => undefined));
    if (data === undefined) throw new ProviderProblem(`the answer of ${url} does not have the expected form`);
    return data;
  }

  async function current(): Promise<KnownProvider> {
    if (known === undefined) await inFlight;
    if (known === undefined) throw wireErrors.OVERLOADED.identityProvider();
    return known;
  }

  void refresh();
  return {
    current,
    async refetch() {
      if (inFlight === undefined && clock.now() - refetchedAtMs >= cooldownMs) {
        refetchedAtMs = clock.now();
        void refresh();
      }
      await inFlight;
      return await current();
    },
    close() {
      isClosed = true;
      cancelTimer();
    },
  };
}

/** OpenID Connect Discovery 1.0, section 4. */
export function discoveryUrlOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** Credentials and keys travel to these addresses. @throws ProviderProblem */
function requireSafe(name: string, text: string, issuer: string): void {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return;
  // The operator has permitted it for the issuer: on this machine, or in a private network.
  if (url?.protocol === 'http:' && new URL(issuer).protocol === 'http:') return;
  throw new ProviderProblem(`${name} of the discovery document is not an https URL`);
}

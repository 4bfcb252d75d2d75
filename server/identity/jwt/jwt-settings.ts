/** Which tokens of an OpenID provider are accepted, and what their claims mean. */
export interface JwtSettings {
  /** The issuer, exactly as in the claim `iss`. Its discovery document is at a well-known path below it. */
  readonly issuer: string;
  /** Must be in the claim `aud` of a bearer token. */
  readonly audience: string;
  /** The claim with the owner, or with a list of owners. @default `sub` */
  readonly ownerClaim?: string;
  /** The claim with the permissions. @default every token has all permissions but `admin` */
  readonly permissionsClaim?: string;
  /** People sign in to the console as users of this client. @default they cannot */
  readonly client?: OidcClient;
}

/** This server as a client of the provider. */
export interface OidcClient {
  readonly id: string;
  /** @default a public client, which authenticates by PKCE alone */
  readonly secret?: string;
}

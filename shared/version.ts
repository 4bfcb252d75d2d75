/**
 * Version of the wire protocol. It is raised only if an older peer could misread a newer one; additive changes (event
 * types, optional fields, enum values, procedures) do not raise it.
 */
export const PROTOCOL_VERSION = 2;

/**
 * The version of the wire protocol. It rises only when an old peer could misread a new one; everything
 * additive (event types, optional fields, enum values, procedures) leaves it alone.
 */
export const PROTOCOL_VERSION = 2;

/**
 * What users of `@stagewire/client/validate` import: the contract's zod schemas, by the names of the types. It needs
 * zod, which is an optional peer of the package.
 *
 * They are strict: a field that they do not know is refused by name. So they are right for what one sends and for what
 * one stores; what a later server sends may have more fields.
 */
export * from '@stagewire/shared/commands';
export * from '@stagewire/shared/contract';
export * from '@stagewire/shared/events';
export * from '@stagewire/shared/primitives';
export * from '@stagewire/shared/state';

/**
 * The entry `@stagewire/client/validate`: the contract's zod schemas, under the names of the types. It requires zod, an
 * optional peer dependency of this package.
 *
 * The schemas are strict: they reject unknown fields by name. Use them for data that you send or store; messages of a
 * later server may have additional fields.
 */
export * from './generated/validate.ts';

/** The entries of the package, with their source paths from the project's root. */
export const entries = {
  index: 'client/index.ts',
  react: 'client/react/index.ts',
  testing: 'client/testing/index.ts',
  text: 'client/text.ts',
  validate: 'client/validate.ts',
} as const;

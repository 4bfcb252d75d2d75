/** What users import, and the source it is made from, by its path from the project's root. */
export const entries = {
  index: 'client/index.ts',
  react: 'client/react/index.ts',
  text: 'client/text.ts',
  validate: 'client/validate.ts',
} as const;

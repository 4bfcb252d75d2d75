/** The roles of a run that names none: all but the tester, in the order in which they work. */
export const defaultRoles = ['architect', 'coder', 'reviewer', 'refiner', 'documenter'] as const;

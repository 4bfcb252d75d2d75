/** The roles of a run that selects none: all but the tester, in the order of the pipeline. */
export const defaultRoles = ['architect', 'coder', 'reviewer', 'refiner', 'documenter'] as const;

/** The roles of this version, in the order of the pipeline. Others may follow: the type `Role` accepts any name. */
export const knownRoles = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'] as const;

/** The roles of a run that selects none: all but the tester, in the order of the pipeline. */
export const defaultRoles = ['architect', 'coder', 'reviewer', 'refiner', 'documenter'] as const;

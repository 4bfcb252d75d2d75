/** Style sheets are imported for their effect; Vite gathers them into the console's one. */
declare module '*.css' {}

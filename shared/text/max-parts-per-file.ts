/** Most pieces of a text that one file consists of: so many lines, if something is taken off each of them. */
export const maxPartsPerFile = 20_000;

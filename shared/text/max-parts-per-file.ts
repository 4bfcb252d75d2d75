/** Maximum number of pieces of one file: that many lines, if something is removed from each. */
export const maxPartsPerFile = 20_000;

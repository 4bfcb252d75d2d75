/** Picks an even share of all that come: of any hundred, 5 % are five, not a throw of dice. */
export interface Share {
  /** Is the next one picked? */
  pick(): boolean;
}

/** @param offset where in its first interval it begins, from 0 to 1. */
export function createShare(fraction: number, offset: number): Share {
  let owed = offset * (1 - fraction);
  return {
    pick() {
      owed += fraction;
      // A hair less than 1 is what ten times 0.1 make.
      if (owed < 1 - 1e-9) return false;
      owed -= 1;
      return true;
    },
  };
}

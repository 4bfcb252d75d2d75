import { createSeededRandom } from '@stagewire/server/providers/seeded-random';
import type { RunPlan } from './load-run.ts';
import type { LoadSettings } from './load-settings.ts';

/** A command comes when so many frames with text have been seen at most: within the first stage or two. */
const maxCommandFrame = 60;

/** Draws what happens to each run, one after the other: the same seed and shares, the same plans. */
export function createRunPlanner(settings: LoadSettings): () => RunPlan {
  const { seed, steerShare, cancelShare, dropShare, slowShare, followers } = settings;
  const random = createSeededRandom('load', seed);
  const steers = createShare(steerShare, random());
  const cancels = createShare(cancelShare, random());
  // One share after the other, so that nobody is both.
  const disturbed = createShare(dropShare + slowShare, random());
  const slow = createShare(dropShare + slowShare === 0 ? 0 : slowShare / (dropShare + slowShare), random());
  let planned = 0;

  const kind = () => {
    if (!disturbed.pick()) return 'steady';
    return slow.pick() ? 'slow' : 'dropping';
  };
  const frame = () => 1 + Math.floor(random() * maxCommandFrame);
  return () => {
    planned += 1;
    return {
      followers: Array.from({ length: followers }, kind),
      steerAtFrame: steers.pick() ? frame() : undefined,
      cancelAtFrame: cancels.pick() ? frame() : undefined,
      random: createSeededRandom('load', seed, planned),
    };
  };
}

/** Picks an even share of all that come: of any hundred, 5 % are five, not a throw of dice. */
interface Share {
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

import { createSeededRandom } from '@stagewire/server/providers/seeded-random';
import type { RunPlan } from './load-run.ts';
import type { LoadSettings } from './load-settings.ts';

/** A command is sent after at most this many messages with text: within the first stage or two. */
const maxCommandFrame = 60;

/** Draws the plan of each run: the same seed and shares yield the same plans. */
export function createRunPlanner(settings: LoadSettings): () => RunPlan {
  const { seed, steerShare, cancelShare, dropShare, slowShare, subscribers } = settings;
  const random = createSeededRandom('load', seed);
  const steers = createShare(steerShare, random());
  const cancels = createShare(cancelShare, random());
  // Drawn as one share and then divided, so that no subscriber is both.
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
      subscribers: Array.from({ length: subscribers }, kind),
      steerAtFrame: steers.pick() ? frame() : undefined,
      cancelAtFrame: cancels.pick() ? frame() : undefined,
      random: createSeededRandom('load', seed, planned),
    };
  };
}

/** Selects an exact share: 5 % of any hundred are five, without random variation. */
interface Share {
  /** Whether the next one is selected. */
  pick(): boolean;
}

/** @param offset where in its first interval the selection starts, from 0 to 1. */
export function createShare(fraction: number, offset: number): Share {
  let owed = offset * (1 - fraction);
  return {
    pick() {
      owed += fraction;
      // Ten times 0.1 add up to slightly less than 1.
      if (owed < 1 - 1e-9) return false;
      owed -= 1;
      return true;
    },
  };
}

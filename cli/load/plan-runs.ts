import { createSeededRandom } from '@stagewire/server/providers/seeded-random';
import type { LoadSettings } from './load-settings.ts';
import type { ScenarioRun, TimedCommand } from './scenario.ts';
import type { SubscriberKind } from './subscriber.ts';

/** What is done to one run. It is drawn beforehand, so that the seed determines everything. */
export interface RunPlan {
  /** Counted from 0: the runs start at all addresses in turn. */
  readonly number: number;
  readonly start: ScenarioRun['start'];
  readonly subscribers: readonly SubscriberKind[];
  readonly commands: readonly TimedCommand[];
  readonly random: () => number;
}

/** A command is sent after at most this many messages with text: within the first stage or two. */
const maxCommandFrame = 60;

/** The instruction of `--steer` and `--continue`. */
const instruction = 'Rephrase it.';

/** The role of `--redirect`. */
const redirectTo = 'reviewer';

/** Draws the plan of each run: the same seed and shares yield the same plans. */
export function createRunPlanner(settings: LoadSettings): () => RunPlan {
  const { seed, dropShare, slowShare, subscribers } = settings;
  const random = createSeededRandom('load', seed);
  const shares = {
    steer: createShare(settings.steerShare, random()),
    cancel: createShare(settings.cancelShare, random()),
  };
  // Drawn as one share and then divided, so that no subscriber is both.
  const disturbed = createShare(dropShare + slowShare, random());
  const slow = createShare(dropShare + slowShare === 0 ? 0 : slowShare / (dropShare + slowShare), random());
  const laterShares = {
    continue: createShare(settings.continueShare, random()),
    redirect: createShare(settings.redirectShare, random()),
  };
  const nextRun = createWeightedChoice(settings.scenario);
  let planned = 0;

  const kind = () => {
    if (!disturbed.pick()) return 'steady';
    return slow.pick() ? 'slow' : 'dropping';
  };
  const at = () => ({ afterMessages: 1 + Math.floor(random() * maxCommandFrame) });
  const commandsOfShares = (): readonly TimedCommand[] => {
    const commands: TimedCommand[] = [];
    if (shares.steer.pick())
      commands.push({ at: at(), send: { kind: 'steer', text: instruction, mode: 'restart' } });
    if (laterShares.continue.pick())
      commands.push({ at: at(), send: { kind: 'steer', text: instruction, mode: 'continue' } });
    if (laterShares.redirect.pick()) commands.push({ at: at(), send: { kind: 'redirect', to: redirectTo } });
    if (shares.cancel.pick()) commands.push({ at: at(), send: { kind: 'cancel', target: 'run' } });
    return commands;
  };
  return () => {
    planned += 1;
    const { start, commands } = nextRun();
    return {
      number: planned - 1,
      start,
      subscribers: Array.from({ length: subscribers }, kind),
      commands: [...commands, ...commandsOfShares()],
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

/** Selects by weight, as evenly as possible: of weights 3 and 1, every fourth is the second one. */
export function createWeightedChoice<Item extends { readonly weight: number }>(
  items: readonly Item[],
): () => Item {
  const total = items.reduce((sum, { weight }) => sum + weight, 0);
  const owed = items.map(() => 0);
  return () => {
    let best = 0;
    for (const [index, { weight }] of items.entries()) {
      owed[index] = (owed[index] ?? 0) + weight;
      if ((owed[index] ?? 0) > (owed[best] ?? 0) + 1e-9) best = index;
    }
    owed[best] = (owed[best] ?? 0) - total;
    const chosen = items[best];
    if (chosen === undefined) throw new RangeError('nothing to choose from');
    return chosen;
  };
}

import type { Check } from './check.ts';
import { checksOfBudgets } from './checks-of-budgets.ts';
import { checksOfCommands } from './checks-of-commands.ts';
import { checksOfDeletion } from './checks-of-deletion.ts';
import { checksOfDelivery } from './checks-of-delivery.ts';
import { checksOfErrors } from './checks-of-errors.ts';
import { checksOfFiles } from './checks-of-files.ts';
import { checksOfIdentity } from './checks-of-identity.ts';
import { checksOfInputs } from './checks-of-inputs.ts';
import { checksOfInvariants } from './checks-of-invariants.ts';
import { checksOfLinks } from './checks-of-links.ts';
import { checksOfModels } from './checks-of-models.ts';
import { checksOfNodes } from './checks-of-nodes.ts';
import { checksOfOwners } from './checks-of-owners.ts';
import { checksOfPrompts } from './checks-of-prompts.ts';
import { checksOfReading } from './checks-of-reading.ts';
import { checksOfSessions } from './checks-of-sessions.ts';
import { checksOfStages } from './checks-of-stages.ts';
import { checksOfStartsFromRuns } from './checks-of-starts-from-runs.ts';
import { checksOfSteering } from './checks-of-steering.ts';
import { checksOfTheFeed } from './checks-of-the-feed.ts';
import { checksOfTheHandshake } from './checks-of-the-handshake.ts';
import { checksOfTheWire } from './checks-of-the-wire.ts';
import { checksOfTokens } from './checks-of-tokens.ts';
import { checksOfTraces } from './checks-of-traces.ts';
import { checksOverHttp } from './checks-over-http.ts';

/** Nodes without a common public URL have cookies of different names. */
const atOneNode = (checks: readonly Check[]): readonly Check[] =>
  checks.map((check) => ({ ...check, oneNode: true }));

/** A check with its number: its position in the whole list. */
export interface NumberedCheck extends Check {
  readonly number: number;
}

/** Every check, in the order of PROTOCOL.md; those of rules of several sections come last. */
export const allChecks: readonly NumberedCheck[] = [
  ...checksOfTheWire,
  ...checksOfTheHandshake,
  ...checksOverHttp,
  ...checksOfInputs,
  ...checksOfReading,
  ...checksOfDeletion,
  ...checksOfFiles,
  ...checksOfPrompts,
  ...checksOfDelivery,
  ...checksOfCommands,
  ...checksOfSteering,
  ...checksOfStages,
  ...checksOfInvariants,
  ...checksOfTheFeed,
  ...checksOfNodes,
  ...checksOfErrors,
  ...checksOfStartsFromRuns,
  ...checksOfIdentity,
  ...atOneNode(checksOfSessions),
  ...atOneNode(checksOfLinks),
  ...checksOfOwners,
  ...checksOfTokens,
  ...checksOfModels,
  ...checksOfBudgets,
  ...checksOfTraces,
].map((check, index) => ({ ...check, number: index + 1 }));

/** The checks that `--only` selects: by number, rule (`D7`), or letter of a group (`D`). */
export function chooseChecks(words: readonly string[]): readonly NumberedCheck[] {
  if (words.length === 0) return allChecks;
  return allChecks.filter(({ number, rule, also = [] }) => {
    const names = [String(number), rule, rule.replace(/\d.*$/, ''), ...also];
    return words.some((word) => names.includes(word));
  });
}

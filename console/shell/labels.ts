/** Display texts of protocol terms, for the middle of a sentence. Terms of a later version are shown as they are. */
const labels: Readonly<Record<string, string>> = {
  changes_requested: 'changes requested',
  run_cancelled: 'the run was cancelled',
  run_completed: 'the run had completed',
  run_failed: 'the run failed',
  superseded: 'superseded by a later redirect or cancel',
  unknown: 'verdict unknown',
};

export function labelFor(term: string): string {
  return labels[term] ?? term.replaceAll('_', ' ');
}

/** `coder` as `Coder`, `changes requested` as `Changes requested`. */
export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A message that a server or a model wrote in the middle of a sentence, as one of its own. */
export function sentence(message: string): string {
  return `${capitalized(message)}${/[.!?…]$/.test(message) ? '' : '.'}`;
}

/** `rehearsal` for `rehearsal/tps=40,seed=7`, `claude` for `anthropic/claude`. */
export function shortModel(model: string): string {
  return model.startsWith('rehearsal') ? 'rehearsal' : model.slice(model.indexOf('/') + 1);
}

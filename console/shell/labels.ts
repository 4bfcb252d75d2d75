/** How the protocol's words read in a sentence; a word of a later version is shown as it is. */
const labels: Readonly<Record<string, string>> = {
  changes_requested: 'changes requested',
  run_cancelled: 'the run was cancelled first',
  run_completed: 'the run completed first',
  run_failed: 'the run failed first',
  superseded: 'a later command took its place',
  unknown: 'verdict unknown',
};

export function labelFor(term: string): string {
  return labels[term] ?? term.replaceAll('_', ' ');
}

/** Coder, Reviewer */
export function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `rehearsal/tps=40,seed=7` is `rehearsal`, `anthropic/claude` is itself. */
export function shortModel(model: string): string {
  return model.startsWith('rehearsal') ? 'rehearsal' : model.slice(model.indexOf('/') + 1);
}

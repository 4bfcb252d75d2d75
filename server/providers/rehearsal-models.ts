/**
 * Models of the rehearsal, the built-in simulated model, to choose from: the default, one without pacing, one whose
 * reviews always request changes, and one whose first coder fails and is tried again.
 */
export const rehearsalModels = [
  'rehearsal',
  'rehearsal/tps=0',
  'rehearsal/verdict=changes',
  'rehearsal/fault=coder.error@200x1',
] as const;

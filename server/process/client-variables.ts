/** Variables that clients read from the same environment; the server ignores them. */
export const clientVariables: readonly string[] = [
  'STAGEWIRE_URL',
  'STAGEWIRE_TOKEN',
  'STAGEWIRE_WEBHOOK_SECRET',
];

/** How these commands are typed, for sentences that say what to do next. */
export const commandName = 'npm run stagewire --';

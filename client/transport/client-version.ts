/** What this package calls itself when it connects: as in its package.json. */
export const CLIENT_VERSION = '0.1.0';

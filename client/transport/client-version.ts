/** The version of this package, as in its package.json; part of the default client name. */
export const CLIENT_VERSION = '0.1.0';

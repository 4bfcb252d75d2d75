/** The version of the server; a test compares it with its package. */
export const version = '0.1.0';

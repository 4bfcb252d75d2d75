/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'ed95bfa1251a30bbc27daa6fc23b5899bdd40f2054d2a27dfac4bdefb81b81a1';

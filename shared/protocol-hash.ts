/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '66871be3b73a7d9ebb7e5de565af38208dc3ef709360eb3b41122b891322973b';

/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '3cf38fbe0f4d03b28934cc2f96c098566d49e1d0a11f3df6b873bdf01e293cc7';

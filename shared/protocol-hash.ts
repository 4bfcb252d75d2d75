/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '163981c0ae4f8461e9839dfaaf2ad5a45eea6f6a0a799b466d643f839c076153';

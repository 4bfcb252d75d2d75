/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'f6d5aab4e1367ee2ae613d444e58a83466a9273cc5da39e8d2fbfce7a93896c6';

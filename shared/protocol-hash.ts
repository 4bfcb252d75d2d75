/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '2357e206c5a062a0307cab0287cc9d1b60649142bb7111f08bfbdf4f2a5e6075';

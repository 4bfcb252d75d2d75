/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'd155866232822ab580591e095dfa85851c17fe6d2fc989e082080bc435c3817c';

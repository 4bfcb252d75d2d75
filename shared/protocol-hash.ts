/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'be2f31eff12cd11ae00ac59c8f3e5720d08c30284cb33d560e5396cd79737273';

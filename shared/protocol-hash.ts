/** Names the contract to the byte. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'aacc99a1ab8335094018afe52047c81f6b90f3950937e188e5a0c1384e08e931';

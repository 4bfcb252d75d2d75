/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '88f38b349da51958b7197074c79cac523264fbbda0dc6b7dbac8b3af57eaaa15';

/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'b946b67ecd8b7e0e73a6a197f9f008502e0c97ca0f91fea5b716f97edb227b60';

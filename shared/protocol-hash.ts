/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'f8b8f49d84aa07099f2e7124e649b028d83bbfe1d55c21615585b75b2bd5f9c7';

/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '81684b34809dd339f17a02e8cc523c592f37a9e15981814f53f76522945359a2';

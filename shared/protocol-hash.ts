/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '3f42c92523dfffb6eb354bba15f3d44ddfd8379a696a23ab9733deca736a64ac';

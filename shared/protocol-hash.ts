/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '522c43fdbc929e18b0f1d1d67bcec187e6d6359c462709897b8d3b4247ed4198';

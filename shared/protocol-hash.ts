/** The hash of the contract. Written by `npm run generate`. */
export const PROTOCOL_HASH = '69c9db8fcc4ee65b3407b5f0645d902aa4f96590798cc05c0a2f682392f36c8f';

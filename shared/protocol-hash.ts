/** Names the contract to the byte. Written by `npm run generate`. */
export const PROTOCOL_HASH = '77e3e5b2b74bcc03a306795d617e77fd4600e49393cf2feb0c7b154649aaf4e9';

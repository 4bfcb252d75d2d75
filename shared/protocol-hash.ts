/** Names the contract to the byte. Written by `npm run generate`. */
export const PROTOCOL_HASH = '7bdde574c16c0c133f8e8319cd04bbcd5dda637db1bbd0af5bc9c09cd381419a';

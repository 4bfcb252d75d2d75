/** Names the contract to the byte. Written by `npm run generate`. */
export const PROTOCOL_HASH = 'e0f1bc175cd110585013396ceb400aec85d1dcad2a20b966bba240c3b778b6b3';

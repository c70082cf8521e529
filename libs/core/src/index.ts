export { HybridClock } from './clock/hybrid-clock.js';
export { parseStamp, type Stamp, stampDeviceId, stampMs } from './clock/stamp.js';
export { gzipCodec } from './codec/gzip-codec.js';
export { jsonCodec } from './codec/json-codec.js';
export { type CodecContext, type VaultCodec } from './codec/vault-codec.js';
export { ChatVaultError } from './errors/chat-vault-error.js';
export { FormatError, type FormatErrorCode } from './errors/format-error.js';
export { canonicalJson } from './json/canonical-json.js';
export { EMPTY_CONTENT, mergeContents } from './merge/merge-contents.js';
export { type Logger } from './model/logger.js';
export { partitionOf } from './model/message-key.js';
export { parseChatMessage, parseMessageRef } from './model/parse-records.js';
export {
  type ChatMessage,
  type ChatVault,
  type ClearedConversation,
  type MessageRef,
  type MessageTombstone,
  type Reaction,
  type StampedMessage,
  type VaultContent,
} from './model/records.js';

export { isInstant } from '../json/instant.js';
export { isCovered, mergeClearings } from '../merge/clearings.js';
export {
  compareClearings,
  compareReactions,
  compareVersions,
  isTombstone,
  type MessageVersion,
} from '../merge/compare-versions.js';
export { fromBase64, toBase64 } from '../model/base64.js';
export { messageKey } from '../model/message-key.js';
export { parseReaction, parseStampedMessage, parseTombstone } from '../model/parse-records.js';
export { jsonBytes, recordToJson, type VaultRecord } from '../model/record-json.js';

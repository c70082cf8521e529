export { type Change, type PullPage } from './changes.js';
export { changesToContent } from './changes-to-content.js';
export {
  type FlushAnswer,
  type FlushEnvelope,
  type FlushRequest,
  type OperationResult,
  type RejectionReason,
} from './flush.js';
export {
  HEARTBEAT_MS,
  MAX_BODY_BYTES,
  MAX_DRIFT_MS,
  MAX_OPERATIONS,
  MAX_PULL_CHANGES,
  PROTOCOL_VERSION,
  STORY_LIFE_MS,
  VERSION_HEADER,
} from './limits.js';
export { type EndReason, type LiveEvent } from './live-events.js';
export { type Operation, type OperationAction, type OperationOf } from './operations.js';
export {
  parseFlushAnswer,
  parseFlushEnvelope,
  parseLiveEvent,
  parseOperation,
  parseProblem,
  parsePullPage,
} from './parse.js';
export { type Problem, type ProblemCode } from './problem.js';
export { ProtocolError } from './protocol-error.js';

export { CloudError, type CloudErrorCode } from './port/cloud-error.js';
export { type CloudOperation } from './port/cloud-operation.js';
export {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudSpace,
  type CloudStorage,
} from './port/cloud-storage.js';
export { withRetry, type RetryPolicy } from './retry/with-retry.js';
export { type Sleep } from './time/sleep.js';

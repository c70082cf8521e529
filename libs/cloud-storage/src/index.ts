export { CloudError, type CloudErrorCode } from './port/cloud-error.js';
export {
  type ByteRange,
  type CallOptions,
  type CloudFile,
  type CloudStorage,
} from './port/cloud-storage.js';

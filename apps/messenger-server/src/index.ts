export {
  type MessengerServer,
  type MessengerServerOptions,
  startMessengerServer,
} from './messenger-server.ts';
export { CLOUD_USERNAME } from './cloud-password.ts';

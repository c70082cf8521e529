/** What tabs and worker know a connection by: of one database and one person. */
export function liveHostName(deviceId: string, userId: string): string {
  return `${deviceId}:${userId}`;
}

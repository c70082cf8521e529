/** Listings that are later than this are not waited for, in ms: sign-ins end meanwhile, and pages are closed. */
export const LONGEST_WAIT_MS = 60_000;

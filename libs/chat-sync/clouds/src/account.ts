/** Whose storage it is. */
export interface Account {
  /** Something that tells the person's account from others, where the application knows it. Another account counts as another cloud. */
  readonly account?: string;
}

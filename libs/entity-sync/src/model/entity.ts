/** What every entity may have; the library fills in what is missing when it saves. */
export interface Entity {
  /** `<logicalKey>.<random part>` when the library makes it; an application may choose its own. */
  id?: string;
  createdAt?: Date;
  /** When it was last saved, by the hybrid clock: later than everything this device had seen. */
  updatedAt?: Date;
  /** How often it was saved, from 1. For people and logs; nothing is decided by it. */
  version?: number;
}

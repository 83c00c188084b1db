// What is said of an emulator in more than one room, each of which may import this one.

/** What the emulator's customer does at Klarna's page: pays, is turned down, or leaves it open until it expires. */
export const CUSTOMER_OUTCOMES = ["approve", "decline", "abandon"] as const;
export type CustomerOutcome = (typeof CUSTOMER_OUTCOMES)[number];

/** Klarna gives up on a request after so long unless an operation says less (our notes, §3.2); microseconds. */
export const LONGEST_ANSWER_US = 59_000_000;

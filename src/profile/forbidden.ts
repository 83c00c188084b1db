import { type Place, UsageError } from "../base/errors.ts";
import { holdsCredential } from "../guard/credentials.ts";
import { findLiveMarker } from "../guard/live-markers.ts";
import type { Tree } from "./tree.ts";

/**
 * Text that no profile may hold: signs of Klarna's live environment, and API keys of any kind. The messages
 * name the sign and never the text around it.
 */
export function forbiddenText(tree: Tree): UsageError[] {
  if (tree.kind === "list") return tree.items.flatMap(forbiddenText);
  if (tree.kind === "map") {
    return [...tree.entries].flatMap(([key, { keyPlace, value }]) => [
      ...forbiddenIn(key, keyPlace),
      ...forbiddenText(value),
    ]);
  }
  // The value beside the source: what is sent, and what would be shown. A blank is in no sign, and never passed over.
  return forbiddenIn(`${tree.source} ${String(tree.value ?? "")}`, tree.place);
}

/** The same for one text. */
export function forbiddenIn(text: string, place: Place): UsageError[] {
  const live = findLiveMarker(text);
  if (live) {
    return [
      new UsageError("PROFILE_LIVE_MARKER", `a sign of Klarna's live environment: ${live.marker}`, {
        place,
        hint: "this tool runs on Klarna's test environment and the emulator alone; take it out, and if it is a key, replace that key",
      }),
    ];
  }
  if (!/klarna_test_api_/i.test(text) && !holdsCredential(text)) return [];
  return [
    new UsageError("PROFILE_API_KEY", "a profile can't hold an API key", {
      place,
      hint: "take it out, and give it by KLARNA_API_KEY or --api-key-file",
    }),
  ];
}

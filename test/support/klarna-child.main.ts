import { KlarnaWorld, kindly, SMOKE } from "./klarna-world.ts";

/** A program of its own: a long smoke run behind the seams, which says `request` for each one that its server got. */

const [state = ""] = process.argv.slice(2);
const world = await KlarnaWorld.start({ state });
world.answering = (request) => {
  process.stdout.write("request\n");
  return kindly(request);
};
await world.run({ profile: world.profile(SMOKE.replace("for: 1s", "for: 20s")) });
await world.close();

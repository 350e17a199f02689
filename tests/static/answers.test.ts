import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers } from "../../static/src/lib/answers.ts";
import { Trouble, troubleOf } from "../../static/src/lib/ask.ts";

test("what was asked is asked once, until it is forgotten for newer answers", async () => {
  const asked: string[] = [];
  const answers = new Answers(2, async (address) => {
    asked.push(address);
    return address.toUpperCase();
  });
  assert.equal(await answers.get("a"), "A");
  await Promise.all([answers.get("a"), answers.get("b"), answers.get("a")]);
  assert.deepEqual(asked, ["a", "b"]);
  await answers.get("c"); // forgets b, which was used longest ago
  await answers.get("a");
  assert.deepEqual(asked, ["a", "b", "c"]);
  await answers.get("b");
  assert.deepEqual(asked, ["a", "b", "c", "b"]);
});

test("what failed is asked again", async () => {
  let times = 0;
  const answers = new Answers(2, async () => {
    times += 1;
    if (times === 1) throw new Error("no connection");
    return times;
  });
  await assert.rejects(answers.get("a"));
  assert.equal(await answers.get("a"), 2);
});

test("a problem's own sentence is what a person reads, with when to try again", () => {
  const body = JSON.stringify({ title: "Busy", detail: "Too many pictures are being read." });
  const trouble = troubleOf(503, "3", body, "unreachable");
  assert.ok(trouble instanceof Trouble);
  assert.deepEqual(
    [trouble.message, trouble.status, trouble.retryAfterSeconds],
    ["Too many pictures are being read.", 503, 3],
  );
});

test("an answer that is no problem of ours is said in words of ours", () => {
  const trouble = troubleOf(502, null, "<html>Bad gateway</html>", "The server cannot be reached.");
  assert.equal(trouble.message, "The server cannot be reached.");
  assert.equal(trouble.retryAfterSeconds, undefined);
});

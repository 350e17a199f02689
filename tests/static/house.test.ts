// Who may import whom in the browser: pages → elements → draw → lib, never back.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { test } from "node:test";

const source = resolve(import.meta.dirname, "../../static/src");
const order = ["pages", "elements", "draw", "lib"];
const modules = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);

function imports(module: string): string[] {
  const text = readFileSync(join(source, module), "utf8");
  const named = [...text.matchAll(/^\s*(?:import|export)\b[^"';]*?["']([^"']+)["']/gm)];
  const dynamic = [...text.matchAll(/\bimport\(\s*["']([^"']+)["']/g)];
  return [...named, ...dynamic].map((match) => match[1] ?? "");
}

test("there is something to look at", () => {
  assert.ok(modules.length > 5);
  assert.ok(modules.some((module) => imports(module).length > 0));
});

for (const module of modules) {
  test(`${module} imports only what lies below it`, () => {
    const layer = order.indexOf(module.split(sep)[0] ?? "");
    assert.notEqual(layer, -1, `static/src has the folders ${order.join(", ")}`);
    for (const name of imports(module).filter((name) => name.startsWith("."))) {
      const target = relative(source, resolve(source, dirname(module), name));
      const below = order.indexOf(target.split(sep)[0] ?? "");
      assert.ok(below >= layer, `${module} imports ${target}`);
      assert.ok(below !== layer || layer > 0, `one page imports another: ${target}`);
    }
  });
}

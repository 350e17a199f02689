// Builds static/src into static/dist: every page's script and every style sheet, bundled, minified and named by a
// hash of its content; manifest.json maps the logical name ("pages/arithmetic.js") to the hashed one, and says which
// further files each script imports, so that a page can ask for them at once. Beside each
// file lie its .br and .gz, so that the server compresses nothing while it serves.
//
//   node static/build.mjs            once, for production
//   node static/build.mjs --watch    again after each change, with source maps
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip, constants as zlib } from "node:zlib";
import esbuild from "esbuild";
import subsetFont from "subset-font";

const root = dirname(import.meta.dirname);
const source = join(root, "static/src");
const target = join(root, "static/dist");
const watching = process.argv.includes("--watch");
const require = createRequire(import.meta.url);

/** Files of packages that are served as they are: logical name → module path. */
const verbatim = {
  "vendor/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
  "vendor/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
};

/**
 * Fonts a style sheet may name as url("subset:…"), and the characters kept of each. Formulas need ASCII, Greek, the
 * operators and brackets, and the italic letters that a browser substitutes in an <mi> (ℎ stands outside their block).
 */
const fonts = {
  "noto-sans-math": {
    path: "@fontsource/noto-sans-math/files/noto-sans-math-latin-400-normal.woff2",
    characters: [
      ...range(0x20, 0x7e),
      ...range(0x3b1, 0x3c9),
      ...range(0x1d434, 0x1d467),
      ..."ℎΔΘΣ×÷±·⋅∗∘−∇∂∑∏√∞≤≥≠≈≡∈→←↦⇒…⋯′⌊⌋⌈⌉⟨⟩‖\u2061\u2062\u2063\u2064\u00a0",
    ].join(""),
  },
};

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
}

/** esbuild plugin: url("subset:NAME") in a style sheet becomes a woff2 with only the characters of `fonts`. */
const subsetFonts = {
  name: "subset-fonts",
  setup(build) {
    build.onResolve({ filter: /^subset:/ }, ({ path }) => ({
      path: `${path.slice(7)}.woff2`,
      namespace: "subset",
    }));
    build.onLoad({ filter: /.*/, namespace: "subset" }, async ({ path }) => {
      const font = fonts[path.slice(0, -".woff2".length)];
      if (!font) return { errors: [{ text: `static/build.mjs knows no font "${path}"` }] };
      const whole = await readFile(require.resolve(font.path));
      return {
        contents: await subsetFont(whole, font.characters, { targetFormat: "woff2" }),
        loader: "file",
      };
    });
  },
};

function hashed(name, contents) {
  const digest = createHash("sha256").update(contents).digest("hex").slice(0, 8).toUpperCase();
  return name.replace(/(\.[^.]+)$/, `-${digest}$1`);
}

/** What packages and translations contribute besides the bundles: [logical name, contents]. */
async function otherFiles() {
  const paths = Object.entries(verbatim).map(([name, path]) => [name, require.resolve(path)]);
  const messages = join(source, "locale");
  for (const name of existsSync(messages) ? await readdir(messages) : []) {
    if (name.endsWith(".json")) paths.push([`locale/${name}`, join(messages, name)]);
  }
  return Promise.all(paths.map(async ([name, path]) => [name, await readFile(path)]));
}

async function publish({ errors, metafile, outputFiles }) {
  if (errors.length) return;
  const manifest = {};
  const imports = {};
  const files = new Map(outputFiles.map(({ path, contents }) => [relative(target, path), contents]));
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue;
    const logical = relative("static/src", entryPoint).split(sep).join("/").replace(/\.ts$/, ".js");
    manifest[logical] = distName(path);
    const imported = importedBy(metafile, path).map(distName);
    if (imported.length) imports[logical] = imported;
  }
  for (const [logical, contents] of await otherFiles()) {
    manifest[logical] = hashed(logical, contents);
    files.set(manifest[logical], contents);
  }
  const kept = new Set(["manifest.json"]);
  await Promise.all(
    [...files].map(async ([name, contents]) => {
      for (const written of await write(name, contents)) kept.add(written);
    }),
  );
  // The manifest last and in one step, and only then what nothing names any more: a server that runs meanwhile always
  // finds what its manifest promises.
  const ordered = { files: sorted(manifest), imports: sorted(imports) };
  await writeFile(join(target, "manifest.json.new"), `${JSON.stringify(ordered, null, 2)}\n`);
  await rename(join(target, "manifest.json.new"), join(target, "manifest.json"));
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(relative(target, path))) await rm(path);
  }
  console.log(`static/dist: ${files.size} files, ${Object.keys(manifest).length} with a logical name`);
}

function sorted(table) {
  return Object.fromEntries(Object.entries(table).sort());
}

/** A path of esbuild's as static/dist names it. */
function distName(path) {
  return relative("static/dist", path).split(sep).join("/");
}

/** Every file that a script cannot start without, those of its imports included; not what it imports when it wants. */
function importedBy({ outputs }, path, found = new Set()) {
  for (const { path: next, kind } of outputs[path].imports) {
    if (kind !== "import-statement" || found.has(next)) continue;
    found.add(next);
    importedBy({ outputs }, next, found);
  }
  return [...found];
}

/** Writes one file and its compressed companions; a hashed name that is there already has the same contents. */
async function write(name, contents) {
  const path = join(target, name);
  const variants = [name];
  const compressible = /\.(js|css|json|svg|map)$/.test(name) && contents.length > 1024;
  if (compressible) variants.push(`${name}.br`, `${name}.gz`);
  if (variants.every((variant) => existsSync(join(target, variant)))) return variants;
  await mkdir(dirname(path), { recursive: true });
  if (compressible) {
    const quality = watching ? 4 : zlib.BROTLI_MAX_QUALITY;
    const params = { [zlib.BROTLI_PARAM_QUALITY]: quality, [zlib.BROTLI_PARAM_SIZE_HINT]: contents.length };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(contents, { params }));
    await writeFile(`${path}.gz`, await promisify(gzip)(contents, { level: watching ? 6 : 9 }));
  }
  await writeFile(path, contents);
  return variants;
}

const context = await esbuild.context({
  absWorkingDir: root,
  entryPoints: ["static/src/pages/*.ts", "static/src/styles/*.css"],
  outdir: target,
  outbase: source,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome123", "firefox125", "safari17.5"],
  minify: true,
  sourcemap: watching ? "linked" : false,
  legalComments: "none",
  entryNames: "[dir]/[name]-[hash]",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  metafile: true,
  write: false,
  logLevel: "info",
  plugins: [subsetFonts, { name: "publish", setup: (build) => build.onEnd(publish) }],
});
await mkdir(target, { recursive: true });
if (watching) {
  await context.watch();
} else {
  try {
    await context.rebuild();
  } catch {
    process.exitCode = 1; // esbuild has printed why
  } finally {
    await context.dispose();
  }
}

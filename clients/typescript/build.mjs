// Bundles the programs into dist/; types are checked apart, by `npm run check`.
import { build } from "esbuild";

const common = { bundle: true, format: "esm", target: "es2022", loader: { ".txt": "text" }, outdir: "dist", logLevel: "warning" };
await build({ ...common, platform: "node", entryPoints: ["src/vectors.ts", "src/conformance.ts", "src/phone.ts"] });
await build({ ...common, platform: "browser", entryPoints: ["src/page.ts"] });

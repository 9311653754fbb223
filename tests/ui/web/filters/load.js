// The page's scripts hold plain function declarations; this gives a test the functions of the Filters tab's pure files.
const fs = require("node:fs");
const path = require("node:path");

const WEB = path.join(__dirname, "..", "..", "..", "..", "explorer", "ui", "web");
const FILES = ["shared/colour", "filters/draw", "filters/learned", "filters/convolve", "filters/kernel", "filters/state", "filters/view", "filters/pixels", "filters/work"];
const source = FILES.map((file) => fs.readFileSync(path.join(WEB, `${file}.js`), "utf-8")).join("\n").replace(/^import .*\n/gm, "").replace(/^export /gm, "");
const names = [...source.matchAll(/^(?:function|const) (\w+)/gm)].map((match) => match[1]);

module.exports = new Function(`${source}\nreturn { ${names.join(", ")} };`)();

// The page's scripts hold plain function declarations; this gives a test the functions of some of them.
const fs = require("node:fs");
const path = require("node:path");

const WEB = path.join(__dirname, "..", "..", "..", "explorer", "ui", "web");

function load(files, names) {
  const source = files.map((file) => fs.readFileSync(path.join(WEB, `${file}.js`), "utf-8")).join("\n").replace(/^import .*\n/gm, "").replace(/^export /gm, "");
  return new Function(`${source}\nreturn { ${names.join(", ")} };`)();
}

module.exports = { load };

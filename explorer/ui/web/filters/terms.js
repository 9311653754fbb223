// The opened sum: a tile a term, pixel over weight, block by block, and the equation that they make.

const CHANNEL_NAMES = ["red", "green", "blue"];

/** A small DOM element with a class and a text. */
function made(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** The printed terms of a block: what stands in each tile. */
function printedTerms(block) {
  return block.terms.map((term) => ({ ...term, valueText: numberText(term.value), weightText: numberText(term.weight) }));
}

/** What the printed numbers add up to, as a reader with a calculator would find. */
function readersValue(blocks, layer) {
  const read = (text) => Number(text.replace("−", "-"));
  const sums = layer.kernels.map((_, kernel) => blocks.filter((block) => block.kernel === kernel).flatMap(printedTerms)
    .reduce((all, term) => all + read(term.valueText) * read(term.weightText), 0));
  const out = [0];
  finishSums(out, sums.map((sum) => [sum]), { ...layer, divisor: read(numberText(layer.divisor)), bias: read(numberText(layer.bias)) });
  return out[0];
}

/** The line under the tiles: "= −312.458" or "−2,344 ÷ 9 + 4 = ..."; as parts {text, kind}. */
function equationParts(opened, layer) {
  const parts = [];
  const add = (text, kind = "") => parts.push({ text, kind });
  const sum = (total) => (layer.divisor === 1 ? numberText(total) : `${numberText(total)} ÷ ${numberText(layer.divisor)}`);
  const squared = (total) => (total < 0 || layer.divisor !== 1 ? `(${sum(total)})²` : `${sum(total)}²`);
  if (layer.magnitude) add(`√(${opened.sums.map(squared).join(" + ")})`);
  else if (layer.divisor !== 1 || opened.blocks.length > 1) add(sum(opened.sums[0]));
  if (layer.bias) {
    if (!parts.length) add(numberText(opened.sums[0]));
    add(`${layer.bias < 0 ? "−" : "+"} ${numberText(Math.abs(layer.bias))} bias`);
  }
  add("=", "equals");
  add(numberText(opened.value), "value");
  return parts;
}

/** What a rounding line says, or "". */
function roundingText(opened, layer) {
  const printed = Number(numberText(opened.value).replace("−", "-"));
  const left = printed - readersValue(opened.blocks, layer);
  return Math.abs(left) > 1e-9 * Math.max(1, Math.abs(printed)) ? `The printed terms give ${numberText(Number((printed - left).toPrecision(10)), 10)}; rounding makes up ${numberText(Number(left.toPrecision(2)))}.` : "";
}

/** Characters in the widest tile that a layer can have: fixed, so that tiles stay in place while the pointer moves. */
function tileCharacters(layer) {
  const weights = layer.kernels.flatMap((kernel) => [...kernel].map((weight) => numberText(weight).length + 1));
  const border = layer.padding ? layer.border.map((value) => numberText(value).length) : [];
  return Math.max(3, layer.colour === "grey" ? 7 : 3, ...weights, ...border);
}

/** Draws sums into `root`; tiles are kept and only their numbers change while the pointer moves. */
function makeTerms(root, onWeight) {
  let shape = "";
  let tiles = [];
  let titles = [];

  function build(opened, layer) {
    tiles = [];
    titles = [];
    root.style.setProperty("--tile", tileCharacters(layer));
    root.classList.toggle("wide", layer.width > 3 || opened.blocks.length > 1);
    root.replaceChildren(...opened.blocks.map((block, at) => {
      const part = made("div", "product-block");
      titles.push(made("p", "product-title"));
      const grid = made("div", "product-grid");
      grid.style.setProperty("--columns", layer.width);
      block.terms.forEach((term, index) => {
        const tile = made("div", "product");
        const [value, weight] = [made("span", "product-pixel"), made("button", "product-weight")];
        weight.type = "button";
        weight.tabIndex = -1;
        weight.addEventListener("click", () => onWeight(term.row, term.column));
        tile.append(made("span", "product-plus", index ? "+" : ""), value, weight);
        grid.append(tile);
        tiles.push({ tile, value, weight });
      });
      part.append(titles[at], grid);
      return part;
    }));
  }

  return function showTerms(opened, layer, pixelColour) {
    const now = [opened.blocks.length, layer.height, layer.width, tileCharacters(layer)].join();
    if (now !== shape) build(opened, layer);
    shape = now;
    const reach = Math.max(...layer.kernels.flatMap((kernel) => [...kernel].map(Math.abs))) || 1;
    let at = 0;
    opened.blocks.forEach((block, index) => {
      const name = layer.colour === "rgb" || layer.planes === 3 ? CHANNEL_NAMES[block.plane] : "";
      titles[index].textContent = opened.blocks.length > 1 ? `${name || (block.kernel ? "second kernel" : "first kernel")}: ${numberText(block.sum)}` : "";
      titles[index].hidden = opened.blocks.length < 2;
      for (const term of printedTerms(block)) {
        const { tile, value, weight } = tiles[at];
        const colour = pixelColour(term.value, block.plane);
        value.textContent = term.valueText;
        value.style.background = `rgb(${colour.join(",")})`;
        value.style.color = inkOn(colour);
        weight.textContent = "×" + term.weightText;
        const shade = colourAt("diverging", 0.5 + term.weight / (2 * reach));
        weight.style.background = `rgb(${shade.join(",")})`;
        weight.style.color = inkOn(shade);
        tile.classList.toggle("padding-product", term.padding);
        tile.classList.toggle("zero-product", term.weight === 0);
        value.title = term.padding ? "in the padding" : `row ${term.y}, column ${term.x}`;
        at += 1;
      }
    });
  };
}

// Drawing on the tab's canvases: a part of a picture, its numbers, border, window and marks; colour bars and histograms.

const NUMBER_CELL = 32; // pixels: the smallest cell that holds three digits of 14 pixels

/** The page's colours as the canvas needs them; read anew because light and dark may change. */
function pageColours(element) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(name).trim();
  return { paper: colour("--paper"), sheet: colour("--sheet"), ink: colour("--ink"), soft: colour("--ink-soft"), line: colour("--line"), pointer: colour("--pointer"), accent: colour("--accent"), mono: colour("--mono") };
}

/** Give a canvas the pixels of its place on the screen, and a context in CSS pixels. */
function readyCanvas(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  [canvas.style.width, canvas.style.height] = [width + "px", height + "px"];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** RGBA pixels as something that can be drawn enlarged. */
function pixelCanvas(rgba, width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}

function hatchPattern(context, colours) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.fillStyle = colours.sheet;
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = colours.soft;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) { pen.moveTo(shift, 8); pen.lineTo(shift + 8, 0); }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

/** The rectangle of cells {y, x, height, width} of a part on its canvas. */
function onCanvas(part, fit, cells) {
  return [fit.left + (cells.x - part.x) * fit.cell, fit.top + (cells.y - part.y) * fit.cell, cells.width * fit.cell, cells.height * fit.cell];
}

/** Draw the part of a picture that is shown; what lies outside the picture is hatched. */
function drawPart(context, picture, part, fit, size, colours) {
  const [left, top, width, height] = onCanvas(part, fit, part);
  const outside = part.y < 0 || part.x < 0 || part.y + part.height > size.height || part.x + part.width > size.width;
  if (outside) {
    context.fillStyle = hatchPattern(context, colours);
    context.fillRect(left, top, width, height);
  }
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.imageSmoothingEnabled = fit.cell < 1;
  context.imageSmoothingQuality = "high";
  const [pictureLeft, pictureTop] = onCanvas(part, fit, { y: 0, x: 0, height: 0, width: 0 });
  context.drawImage(picture, pictureLeft, pictureTop, size.width * fit.cell, size.height * fit.cell);
  context.restore();
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
}

/** Lines between the cells, and the number of each, where cells are large enough. */
function drawNumbers(context, part, fit, colours, valueAt, colourOf) {
  if (fit.cell >= 12) {
    context.strokeStyle = "rgba(128, 128, 128, 0.35)";
    context.lineWidth = 1;
    context.beginPath();
    for (let x = 1; x < part.width; x += 1) { context.moveTo(fit.left + x * fit.cell + 0.5, fit.top); context.lineTo(fit.left + x * fit.cell + 0.5, fit.top + part.height * fit.cell); }
    for (let y = 1; y < part.height; y += 1) { context.moveTo(fit.left, fit.top + y * fit.cell + 0.5); context.lineTo(fit.left + part.width * fit.cell, fit.top + y * fit.cell + 0.5); }
    context.stroke();
  }
  if (fit.cell < NUMBER_CELL) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let y = part.y; y < part.y + part.height; y += 1) {
    for (let x = part.x; x < part.x + part.width; x += 1) {
      const value = valueAt(y, x);
      if (value === null) continue;
      drawCellNumber(context, cellText(value), fit, fit.left + (x - part.x + 0.5) * fit.cell, fit.top + (y - part.y + 0.5) * fit.cell, inkOn(colourOf(value, y, x)), colours);
    }
  }
}

function drawCellNumber(context, text, fit, x, y, ink, colours) {
  const size = Math.min(20, Math.max(14, Math.round(fit.cell * 0.36)));
  context.font = `${size}px ${colours.mono}`;
  const fitting = numberSize(size, context.measureText(text).width, fit.cell);
  context.font = `${fitting || size}px ${colours.mono}`;
  context.fillStyle = ink;
  context.fillText(fitting ? text : "…", x, y + 0.5); // the sum beside the pictures has every digit
}

/** The size in which a number goes into a cell, at least 14 pixels; 0 where it does not. `wide` is its width at `size`. */
function numberSize(size, wide, cell) {
  if (wide <= cell - 3) return size;
  const smaller = Math.floor((size * (cell - 3)) / wide);
  return smaller >= 14 ? smaller : 0;
}

/** A number short enough for a cell: whole where it is whole, else rounded to the nearest whole number. */
const cellText = (value) => (Number.isInteger(value) ? String(value) : Math.abs(value) < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value))).replace("-", "−");

/** A frame around cells, dark and light on both sides of the pointer's colour so that it is seen on any picture. */
function drawFrame(context, rectangle, colour) {
  let [left, top, width, height] = rectangle;
  if (width < 7) [left, width] = [left + width / 2 - 4, 8];
  if (height < 7) [top, height] = [top + height / 2 - 4, 8];
  for (const [lineWidth, strokeStyle] of [[5, "rgba(255, 255, 255, 0.9)"], [2.5, colour]]) {
    Object.assign(context, { lineWidth, strokeStyle });
    context.strokeRect(left, top, width, height);
  }
}

/** Crosses on pixels that no window reads. */
function drawUnread(context, part, fit, rowsRead, columnsRead, colours) {
  context.strokeStyle = colours.pointer;
  context.lineWidth = 1.5;
  context.beginPath();
  const cross = (cells) => {
    const [left, top, width, height] = onCanvas(part, fit, cells);
    context.moveTo(left + 2, top + 2);
    context.lineTo(left + width - 2, top + height - 2);
    context.moveTo(left + width - 2, top + 2);
    context.lineTo(left + 2, top + height - 2);
  };
  if (fit.cell >= 6) {
    for (let y = Math.max(0, part.y); y < Math.min(rowsRead.length, part.y + part.height); y += 1) {
      for (let x = Math.max(0, part.x); x < Math.min(columnsRead.length, part.x + part.width); x += 1) {
        if (!rowsRead[y] || !columnsRead[x]) cross({ y, x, height: 1, width: 1 });
      }
    }
  } else {
    const [bottom, right] = [unreadTail(rowsRead), unreadTail(columnsRead)];
    if (bottom) cross({ y: rowsRead.length - bottom, x: 0, height: bottom, width: columnsRead.length });
    if (right) cross({ y: 0, x: columnsRead.length - right, height: rowsRead.length, width: right });
  }
  context.stroke();
}

/** The colour bar of a scale. */
function drawBar(canvas, width, scale) {
  const context = readyCanvas(canvas, width, 14);
  const colours = schemeColours(scale.scheme);
  for (let x = 0; x < width; x += 1) {
    const at = Math.round((x / Math.max(1, width - 1)) * 255) * 3;
    context.fillStyle = `rgb(${colours[at]},${colours[at + 1]},${colours[at + 2]})`;
    context.fillRect(x, 0, 1.5, 14);
  }
}

/** The bars of a histogram, each in the colour that its numbers have in the picture. */
function drawHistogram(canvas, width, height, answer, colours) {
  const context = readyCanvas(canvas, width, height);
  const tallest = Math.log1p(Math.max(...answer.counts)); // few strong answers beside many weak ones: a logarithm shows both
  const { low, high } = answer.range;
  const bars = schemeColours(answer.scale.scheme);
  const step = width / answer.counts.length;
  answer.counts.forEach((count, at) => {
    const value = low + ((at + 0.5) / answer.counts.length) * (high - low);
    const shown = answer.view === "absolute" ? Math.abs(value) : value;
    const place = Math.min(255, Math.max(0, Math.round(((shown - answer.scale.low) / (answer.scale.high - answer.scale.low)) * 255))) * 3;
    const tall = count ? Math.max(2, (Math.log1p(count) / tallest) * (height - 24)) : 0;
    context.fillStyle = `rgb(${bars[place]},${bars[place + 1]},${bars[place + 2]})`;
    context.strokeStyle = colours.soft;
    context.lineWidth = 0.6;
    context.fillRect(at * step, height - 20 - tall, step, tall);
    if (tall) context.strokeRect(at * step + 0.3, height - 20 - tall, step - 0.6, tall);
  });
  context.fillStyle = colours.ink;
  context.font = `14px ${colours.mono}`;
  context.textBaseline = "bottom";
  for (const [text, x, align] of [[numberText(low), 0, "left"], [numberText(high), width, "right"]]) {
    context.textAlign = align;
    context.fillText(text, x, height);
  }
}

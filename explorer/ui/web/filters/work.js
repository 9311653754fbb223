// The filtering itself, off the page's thread: a worker made of the pure functions' own sources.

/** What the worker does with one request; also called directly where there are no workers. */
function filterWork(memory, request) {
  if (request.rgba) Object.assign(memory, { rgba: request.rgba, height: request.height, width: request.width, planes: {} });
  const { height, width } = memory;
  const made = request.jobs.map(({ layer, view, pooling }) => {
    const key = layer.colour + layer.planes;
    memory.planes[key] = memory.planes[key] || picturePlanes(memory.rgba, height * width, layer.colour, layer.planes);
    const answer = filterPicture(memory.planes[key], height, width, layer);
    const steps = pooling ? [[answer, view], [reluAnswer(answer), "relu"]] : [[answer, view]];
    if (pooling && answer.height > 1 && answer.width > 1) steps.push([pooledAnswer(steps[1][0], pooling), "relu"]);
    return steps.map(([each, itsView]) => {
      const range = valueRange(each.values);
      const scale = viewScale(itsView, range, each.channels, usualReach(each.values, range));
      return { ...each, view: itsView, range, scale, rgba: answerPixels(each, itsView, scale), counts: histogramOf(each.values, range, 64) };
    });
  });
  return made;
}

/** Something that filters: `ask(jobs)` promises a list of answers a job; `setPicture` changes what is filtered. */
function makeFilterWorker() {
  const functions = [
    windowPositions, sourceIndex, picturePlanes, paddedPlane, addProducts, filterPicture, finishSums, valueRange, usualReach, viewScale,
    schemeColours, colourAt, answerPixels, histogramOf, reluAnswer, pooledAnswer, filterWork,
  ];
  const source = `const COLOUR_ANCHORS = ${JSON.stringify(COLOUR_ANCHORS)};\n${functions.map(String).join("\n")}
    const memory = {};
    onmessage = ({ data }) => {
      const made = filterWork(memory, data);
      postMessage({ id: data.id, made }, made.flat().flatMap((each) => [each.values.buffer, each.rgba.buffer]));
    };`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const waiting = new Map();
  let [count, picture] = [0, null];
  const fail = () => { for (const { reject } of waiting.values()) reject(new Error("The filter could not be computed; please reload the page.")); waiting.clear(); };
  worker.onerror = fail;
  worker.onmessage = ({ data }) => {
    waiting.get(data.id).resolve(data.made);
    waiting.delete(data.id);
  };
  return {
    setPicture(rgba, height, width) { picture = { rgba, height, width }; },
    ask(jobs) {
      count += 1;
      const id = count;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, jobs, ...picture });
        picture = null;
      });
    },
  };
}

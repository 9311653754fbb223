// Whoever waits for more than a second because others are first is told how many are before.

const PATIENCE_MS = 1000;

/** What to say of the place in line; "" where nobody is before. */
export function lineWords(before) {
  if (!before) return "";
  return `Many are at work here: ${before === 1 ? "1 question is" : `${before} questions are`} before yours.`;
}

/**
 * Watches over answers, and shows while one takes long how many questions of others are before it.
 * @param {{ before: () => Promise<number>, show: (words: string) => void }} told
 * @returns {<Value>(answer: Promise<Value>) => Promise<Value>}
 */
export function watchLine({ before, show }) {
  let [late, timer] = [0, 0];

  async function look() {
    const number = await before().catch(() => 0);
    if (late) show(lineWords(number));
  }

  function more(change) {
    late += change;
    if (late && !timer) {
      look();
      timer = setInterval(look, PATIENCE_MS);
    } else if (!late) {
      clearInterval(timer);
      timer = 0;
      show("");
    }
  }

  return async (answer) => {
    let isLate = false;
    const patience = setTimeout(() => { isLate = true; more(1); }, PATIENCE_MS);
    try {
      return await answer;
    } finally {
      clearTimeout(patience);
      if (isLate) more(-1);
    }
  };
}

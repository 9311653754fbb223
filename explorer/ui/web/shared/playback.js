// A walk over the cells of one grid: play, pause, step, jump. Plain values in and out; others draw and tick.

/** A walk over `count` places at its first one, standing still. */
export function startPlayback(count, speed = 2) {
  return { count: Math.max(1, count), at: 0, playing: false, speed };
}

export function jumpPlayback(playback, at) {
  const whole = Number.isFinite(at) ? Math.round(at) : playback.at;
  return { ...playback, at: Math.min(playback.count - 1, Math.max(0, whole)) };
}

/** One place on or back; a step by hand stops the playing. */
export function stepPlayback(playback, by) {
  return { ...jumpPlayback(playback, playback.at + by), playing: false };
}

/** Play from where it stands, or from the start when it stands at the end; or pause. */
export function togglePlayback(playback) {
  const over = playback.at >= playback.count - 1;
  return { ...playback, playing: !playback.playing, at: !playback.playing && over ? 0 : playback.at };
}

/** One tick of the clock: a place on, and still at the end. */
export function tickPlayback(playback) {
  if (!playback.playing) return playback;
  const at = Math.min(playback.count - 1, playback.at + 1);
  return { ...playback, at, playing: at < playback.count - 1 };
}

/** What a key does to a walk over rows of `columns` places, or null where the key means nothing to it. */
export function keyPlayback(playback, key, columns) {
  const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  if (key === " ") return togglePlayback(playback);
  if (key === "Home") return { ...jumpPlayback(playback, 0), playing: false };
  if (key === "End") return { ...jumpPlayback(playback, playback.count - 1), playing: false };
  if (!(key in moves)) return null;
  const to = playback.at + moves[key];
  if (Math.abs(moves[key]) > 1 && (to < 0 || to >= playback.count)) return { ...playback, playing: false };
  return stepPlayback(playback, moves[key]);
}

// Where rows stand in a scrolling region. Webviews cannot make an element taller than some 30 million pixels, so very long
// tables are shown at scale: the scroll bar then runs over rows, not over pixels.

/** Safe in every webview. */
export const SPACE_MAX = 12_000_000;

interface Region {
  total: number;
  rowHeight: number;
  height: number;
  space: number;
}

/** Height of the region's content. */
export function spaceFor(total: number, rowHeight: number): number {
  return Math.min(total * rowHeight, SPACE_MAX);
}

/** First row in view at a scroll position. */
export function rowAtScroll(scrollTop: number, { total, rowHeight, height, space }: Region): number {
  const last = Math.max(0, total - Math.floor(height / rowHeight));
  if (space === total * rowHeight) return Math.min(Math.floor(scrollTop / rowHeight), last);
  const reach = Math.max(1, space - height);
  return Math.round(Math.min(1, scrollTop / reach) * last);
}

/** Scroll position that shows a row first. */
export function scrollForRow(index: number, { total, rowHeight, height, space }: Region): number {
  if (space === total * rowHeight) return index * rowHeight;
  const last = Math.max(1, total - Math.floor(height / rowHeight));
  return Math.min(1, index / last) * (space - height);
}

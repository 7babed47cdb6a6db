// Where rows stand in a scrolling region. Webviews cannot make an element taller than some 30 million pixels, so very long
// tables are shown at scale: the scroll bar runs over the whole table, wheel and keys move by single rows.

/** Safe in every webview. */
export const SPACE_MAX = 12_000_000;

interface Region {
  total: number;
  rowHeight: number;
  /** Room for rows, without the head. */
  height: number;
}

/** Height of the region's content. */
export function spaceFor(total: number, rowHeight: number): number {
  return Math.min(total * rowHeight, SPACE_MAX);
}

/** How far down the table can be moved, in its own pixels. */
export function reachOf({ total, rowHeight, height }: Region): number {
  return Math.max(0, total * rowHeight - height);
}

/** Place in the table, in its own pixels, at a position of the scroll bar. */
export function topAtScroll(scrollTop: number, region: Region): number {
  const space = spaceFor(region.total, region.rowHeight);
  if (space === region.total * region.rowHeight) return scrollTop;
  return Math.min(1, scrollTop / Math.max(1, space - region.height)) * reachOf(region);
}

/** Position of the scroll bar for a place in the table. */
export function scrollAtTop(top: number, region: Region): number {
  const space = spaceFor(region.total, region.rowHeight);
  if (space === region.total * region.rowHeight) return top;
  return (top / Math.max(1, reachOf(region))) * (space - region.height);
}

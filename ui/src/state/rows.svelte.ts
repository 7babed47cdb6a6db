// Rows of a long table, read page by page as they are scrolled into view. The store pages by key ("after row 200"), so the
// place of a page is known once the page before it was read; where numbers run without a gap it can be computed.

import { asErrorView } from '../ipc/contract';
import type { ErrorView } from '../ipc/generated/ErrorView';

export interface Page<Row> {
  rows: Row[];
  total: number;
}

export const PAGE_ROWS = 200;
/** Pages skipped at once when a place far down is looked for. */
const STRIDE_PAGES = 10;
/** Pages kept; those longest unused go first. */
const PAGES_KEPT = 60;

export class PagedRows<Row> {
  total = $state<number | null>(null);
  error = $state.raw<ErrorView | null>(null);
  /** Grows when rows arrive, so that views that read `at` are drawn again. */
  private arrivals = $state(0);
  // Plain maps on purpose: a page of rows is drawn anew as a whole, through `arrivals`.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  private pages = new Map<number, Row[]>();
  /** Key after which a page begins, for each page whose place is known. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  private starts = new Map<number, number>([[0, 0]]);
  private loading: Promise<void> | null = null;
  private wanted = 0;

  constructor(
    private readonly load: (after: number, limit: number) => Promise<Page<Row>>,
    private readonly keyOf: (row: Row) => number,
  ) {}

  /** The row at an index, or null while it is not there yet. */
  at(index: number): Row | null {
    void this.arrivals;
    const page = Math.floor(index / PAGE_ROWS);
    return this.pages.get(page)?.[index - page * PAGE_ROWS] ?? null;
  }

  /** Makes sure that the rows of a range arrive. Only the newest wish is followed when one is still being read. */
  want(first: number, last: number): void {
    const missing = [Math.floor(first / PAGE_ROWS), Math.floor(last / PAGE_ROWS)].find((page) => !this.pages.has(page));
    if (missing === undefined) return;
    this.wanted = missing;
    this.loading ??= this.follow().finally(() => {
      this.loading = null;
    });
  }

  /** Resolves once nothing is being read. */
  async settled(): Promise<void> {
    while (this.loading) await this.loading;
  }

  private async follow(): Promise<void> {
    try {
      while (!this.pages.has(this.wanted)) {
        const page = this.wanted;
        if (this.total !== null && page * PAGE_ROWS >= this.total && page > 0) return;
        await this.readPage(page);
        this.error = null;
        const last = Math.max(0, Math.ceil((this.total ?? 0) / PAGE_ROWS) - 1);
        if (this.wanted > last) this.wanted = last;
        if (page === this.wanted && !this.pages.has(page)) return;
      }
    } catch (thrown) {
      this.error = asErrorView(thrown);
    }
  }

  private async readPage(page: number): Promise<void> {
    const start = this.starts.get(page);
    if (start !== undefined) {
      this.keep(page, await this.load(start, PAGE_ROWS));
      return;
    }
    // Rows of a single election are numbered without a gap: then the place of every page follows from the first one's.
    const first = this.pages.get(0)?.[0];
    if (first !== undefined && this.total !== null) {
      const guess = this.keyOf(first) - 1 + page * PAGE_ROWS;
      const lastKey = this.keyOf(first) - 1 + this.total;
      const [probe] = (await this.load(lastKey - 1, 2)).rows;
      if (probe !== undefined && this.keyOf(probe) === lastKey) {
        this.starts.set(page, guess);
        return this.readPage(page);
      }
    }
    await this.walkTo(page);
  }

  private async walkTo(page: number): Promise<void> {
    let nearest = Math.max(...[...this.starts.keys()].filter((known) => known <= page));
    while (nearest < page) {
      const pages = Math.min(STRIDE_PAGES, page - nearest);
      const result = await this.load(this.starts.get(nearest) ?? 0, pages * PAGE_ROWS);
      this.total = result.total;
      for (let step = 1; step <= pages; step += 1) {
        const last = result.rows[step * PAGE_ROWS - 1];
        if (last === undefined) return;
        this.starts.set(nearest + step, this.keyOf(last));
      }
      nearest += pages;
    }
    await this.readPage(page);
  }

  private keep(page: number, result: Page<Row>): void {
    this.total = result.total;
    this.pages.delete(page);
    this.pages.set(page, result.rows);
    const last = result.rows[PAGE_ROWS - 1];
    if (last !== undefined) this.starts.set(page + 1, this.keyOf(last));
    for (const known of this.pages.keys()) {
      if (this.pages.size <= PAGES_KEPT) break;
      if (known !== 0 && known !== page) this.pages.delete(known);
    }
    this.arrivals += 1;
  }
}

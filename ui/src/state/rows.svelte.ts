// Rows of a long table, read page by page as they are scrolled into view. The program answers any place at the same cost;
// a filtered table grows while its search goes on, which it does by itself as long as somebody looks.

import { untrack } from 'svelte';

import { asErrorView } from '../ipc/contract';
import type { ErrorView } from '../ipc/generated/ErrorView';
import type { ExtentView } from '../ipc/generated/ExtentView';

export interface Page<Row> {
  rows: Row[];
  extent: ExtentView;
}

export const PAGE_ROWS = 200;
/** Pages kept; those longest unused go first. */
const PAGES_KEPT = 60;

/** An extent for lists that are never searched in steps. */
export function wholeExtent(total: number): ExtentView {
  return { known: total, searched: total, total, isDone: true };
}

export class PagedRows<Row> {
  extent = $state.raw<ExtentView | null>(null);
  error = $state.raw<ErrorView | null>(null);
  /** Grows when rows arrive, so that views that read `at` are drawn again. */
  private arrivals = $state(0);
  // Plain maps on purpose: a page of rows is drawn anew as a whole, through `arrivals`.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  private pages = new Map<number, Row[]>();
  private reading: Promise<void> | null = null;
  private first = 0;
  private last = 0;
  private isStopped = false;

  constructor(private readonly load: (from: number, limit: number) => Promise<Page<Row>>) {}

  /** Rows that can be shown now; all matches once the search is done. */
  get count(): number | null {
    return this.extent?.known ?? null;
  }

  /** The row at an index, or null while it is not there yet. */
  at(index: number): Row | null {
    void this.arrivals;
    const page = Math.floor(index / PAGE_ROWS);
    return this.pages.get(page)?.[index - page * PAGE_ROWS] ?? null;
  }

  /** Makes sure that the rows of a range arrive. While a page is read only the newest wish is remembered. */
  want(first: number, last: number): void {
    this.first = first;
    this.last = last;
    // Who wishes does not depend on what is there: an effect would run anew, and end what it began, with every page.
    untrack(() => {
      if (!this.isStopped && this.nextPage() !== null) this.start();
    });
  }

  /** Reads what failed once more. */
  again(): void {
    this.error = null;
    this.start();
  }

  /** Rows of a range, read for copying; none of them is kept. */
  async readRange(first: number, count: number): Promise<Row[]> {
    const rows: Row[] = [];
    while (rows.length < count) {
      const page = await this.load(first + rows.length, Math.min(1000, count - rows.length));
      if (page.rows.length === 0) break;
      rows.push(...page.rows);
    }
    return rows;
  }

  /** Nobody looks any more: the search rests. */
  stop(): void {
    this.isStopped = true;
  }

  /** Resolves once nothing is being read. */
  async settled(): Promise<void> {
    while (this.reading) await this.reading;
  }

  private start(): void {
    this.reading ??= this.follow().finally(() => {
      this.reading = null;
      // A wish that came between the last look and this moment found somebody reading and relied on them.
      if (!this.isStopped && this.error === null && this.nextPage() !== null) this.start();
    });
  }

  private async follow(): Promise<void> {
    try {
      while (!this.isStopped) {
        const page = this.nextPage();
        if (page !== null) {
          const answer = await this.load(page * PAGE_ROWS, PAGE_ROWS);
          this.keep(page, answer);
        } else if (this.extent && !this.extent.isDone) {
          this.extent = (await this.load(0, 0)).extent;
        } else {
          break;
        }
        this.error = null;
      }
    } catch (thrown) {
      this.error = asErrorView(thrown);
    }
  }

  /** The first page in view that lacks rows which are known to be there. */
  private nextPage(): number | null {
    if (!this.extent) return 0;
    const known = this.extent.known;
    for (let page = Math.floor(this.first / PAGE_ROWS); page <= Math.floor(this.last / PAGE_ROWS); page += 1) {
      const there = this.pages.get(page)?.length ?? 0;
      if (there < Math.min(PAGE_ROWS, known - page * PAGE_ROWS)) return page;
    }
    return null;
  }

  private keep(page: number, answer: Page<Row>): void {
    const before = this.pages.get(page)?.length ?? 0;
    // A page that brings nothing new although more is known would be asked for for ever.
    const isStuck = answer.rows.length <= before && answer.rows.length < Math.min(PAGE_ROWS, answer.extent.known - page * PAGE_ROWS);
    if (isStuck) throw new Error(`Rows from ${page * PAGE_ROWS + 1} on cannot be read.`);
    this.extent = answer.extent;
    this.pages.delete(page);
    if (answer.rows.length > 0) this.pages.set(page, answer.rows);
    for (const known of this.pages.keys()) {
      if (this.pages.size <= PAGES_KEPT) break;
      if (known !== 0 && known !== page) this.pages.delete(known);
    }
    this.arrivals += 1;
  }
}

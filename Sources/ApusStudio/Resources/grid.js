// A grid of any length that keeps only what is visible in the document.

import { h } from './dom.js';

const pageSize = 200;
const pageLimit = 50;
const gap = 8;
// What a frame may spend on new tiles in milliseconds, and how many tiles and photos it may take: most of their cost, style
// and layout, comes after the script.
const budget = 5;
const [leastTiles, mostTiles, mostPictures] = [3, 10, 6];
// Pictures wait until scrolling has been slow for this time.
const rest = 80;
const mostSpare = 100;

/**
 * options: tile(item) makes an element; fetch(offset, limit) gives {total, items}.
 * Optional: update(element, item) reuses an element, reveal(element) loads its picture, which comes last,
 * ids() gives all ids in order (for ranges and select all),
 * minimum: least width of a tile, caption: height below the square, label: name of the list, idOf(item),
 * onactivate(item, index), onselection(Set of ids), onload(total), onerror(error).
 */
export class VirtualGrid {
    constructor(element, options) {
        Object.assign(this, { minimum: 140, caption: 30, idOf: item => item.id, reveal() {}, onselection() {}, onactivate() {}, onload() {}, onerror() {}, ...options, element });
        this.total = 0;
        this.selection = new Set();
        this.active = 0;       // the tile that the keyboard is on
        this.anchor = 0;       // where a range began
        this.pages = new Map();
        this.loading = new Map();
        this.shown = new Map();
        this.spare = [];
        this.generation = 0;
        this.columns = 1;
        this.top = this.topBefore = this.fastUntil = 0;
        this.plain = new Set();    // tiles whose picture has not been asked for
        this.list = h('div', { class: 'grid-list', role: 'listbox', 'aria-multiselectable': 'true', 'aria-label': this.label ?? '', dataset: { testid: 'grid' } });
        element.classList.add('virtual-grid');
        element.append(this.list);
        // Sizes are read here alone, before painting; scrolling reads one number and then only writes.
        this.observer = new ResizeObserver(entries => this.#measure(entries[0].contentRect));
        this.observer.observe(element);
        element.addEventListener('scroll', () => { this.top = element.scrollTop; this.#schedule(); }, { passive: true });
        this.list.addEventListener('click', event => this.#click(event));
        this.list.addEventListener('dblclick', event => this.#open(this.indexOf(event.target)));
        this.list.addEventListener('keydown', event => this.#key(event));
        this.list.addEventListener('focusin', event => { const index = this.indexOf(event.target); if (index >= 0 && index !== this.active) this.#activate(index, false); });
    }

    destroy() { this.observer.disconnect(); clearTimeout(this.timer); cancelAnimationFrame(this.frame); this.generation += 1; this.list.remove(); }

    /** Asks again for what is visible. The old tiles stay until the new are there; reset also scrolls to the top. */
    reload({ reset = false } = {}) {
        this.generation += 1;
        this.allIDs = null;
        this.loading.clear();
        if (reset) {
            this.pages.clear();
            this.active = this.anchor = 0;
            this.top = this.element.scrollTop = 0;
            this.clear();
        } else {
            for (const page of this.pages.values()) page.stale = true;
        }
        this.#load(Math.floor(this.#firstVisible() / pageSize));
        this.#schedule();
    }

    setMinimum(value) { this.minimum = value; this.#measure(this); }

    /** The item at an index if it is loaded. */
    item(index) { return this.pages.get(Math.floor(index / pageSize))?.items[index % pageSize]; }

    /** The item at an index, loaded if needed. */
    async itemAt(index) {
        const page = Math.floor(index / pageSize);
        if (!this.item(index)) await this.#load(page);
        return this.item(index);
    }

    /** The loaded item with an id. */
    find(id) {
        for (const page of this.pages.values()) for (const item of page.items) if (this.idOf(item) === id) return item;
        return null;
    }

    /** Moves the keyboard to a tile. */
    focusIndex(index) { if (this.total) this.#activate(index); }

    /** Changes loaded items in place: shown before the server has answered. */
    patch(ids, change) {
        for (const page of this.pages.values()) for (const item of page.items) if (ids.has(this.idOf(item))) change(item);
        this.#render(true);
    }

    indexOf(node) { const tile = node.closest?.('[data-index]'); return tile && this.list.contains(tile) ? Number(tile.dataset.index) : -1; }

    clear() { if (this.selection.size) { this.selection.clear(); this.#selected(); } }

    select(ids) { this.selection = new Set(ids); this.#selected(); }

    async selectAll() { this.select(await this.idsInOrder()); }

    /** The ids of all items in order; asked for once between reloads. */
    async idsInOrder() {
        const generation = this.generation;
        if (!this.allIDs) {
            const ids = this.ids ? await this.ids() : [...this.pages.entries()].sort((a, b) => a[0] - b[0]).flatMap(([, page]) => page.items.map(this.idOf));
            if (generation === this.generation) this.allIDs = ids;
            return ids;
        }
        return this.allIDs;
    }

    // Layout

    #measure({ width, height }) {
        if (!width) return;
        this.width = width;
        this.height = height;
        const first = this.#firstVisible();
        const minimum = Math.min(this.minimum, Math.max(88, (width - 2 * gap) / 3));
        this.columns = Math.max(1, Math.floor((width + gap) / (minimum + gap)));
        this.side = Math.floor((width - gap * (this.columns - 1)) / this.columns);
        this.pitch = this.side + this.caption + gap;
        this.list.style.setProperty('--side', `${this.side}px`);
        if (this.total && first) this.top = this.element.scrollTop = Math.floor(first / this.columns) * this.pitch;
        this.#resize();
        this.#render(true);
    }

    #resize() { if (this.pitch) this.list.style.height = `${Math.max(0, Math.ceil(this.total / this.columns) * this.pitch - gap)}px`; }

    #firstVisible() { return this.pitch ? Math.min(Math.max(0, this.total - 1), Math.floor(this.top / this.pitch) * this.columns) : 0; }

    #schedule() {
        if (this.frame) return;
        this.frame = requestAnimationFrame(() => { this.frame = 0; this.#render(); });
    }

    /** Tiles that are there already are changed at once. New ones get their turn in this frame and the next ones. */
    #render(isForced = false) {
        if (!this.pitch) return;
        const rows = Math.ceil(this.total / this.columns);
        const from = Math.max(0, Math.floor(this.top / this.pitch) - 1);
        const to = Math.min(rows, Math.ceil((this.top + this.height) / this.pitch) + 1);
        const [first, last] = [from * this.columns, Math.min(this.total, to * this.columns)];
        // The tile with the keyboard stays in the document, so that focus is not lost by scrolling.
        const kept = this.active < this.total && this.list.contains(document.activeElement) ? this.active : -1;
        for (const [index, element] of this.shown) {
            if (index >= first && index < last || index === kept) continue;
            this.shown.delete(index);
            this.#retire(element);
        }
        const missing = new Set(), waiting = [];
        const look = index => {
            const item = this.item(index), element = this.shown.get(index), page = Math.floor(index / pageSize);
            if (!item || this.pages.get(page)?.stale) missing.add(page);
            if (item && !element?.item) waiting.push(index);
            else if (item && (isForced || element.item !== item) || index === kept && !element) this.#place(index, item, element);
            else if (!item && element && index !== kept) {
                this.shown.delete(index);
                this.#retire(element);
            } else if (element) element.tabIndex = index === this.active ? 0 : -1;
        };
        for (let index = first; index < last; index += 1) look(index);
        if (kept >= 0 && (kept < first || kept >= last)) look(kept);
        // What is in the window comes before the rows around it.
        const next = waiting.findIndex(index => (Math.floor(index / this.columns) + 1) * this.pitch > this.top);
        const began = performance.now();
        let placed = 0;
        for (const index of [...waiting.slice(Math.max(0, next)), ...waiting.slice(0, Math.max(0, next))]) {
            if (placed >= mostTiles || placed >= leastTiles && performance.now() - began > budget) break;
            this.#place(index, this.item(index), this.shown.get(index));
            placed += 1;
        }
        if (Math.abs(this.top - this.topBefore) > this.pitch / 2) this.fastUntil = performance.now() + rest;
        this.topBefore = this.top;
        const isFast = performance.now() < this.fastUntil;
        if (placed === waiting.length && !isFast) this.#reveal();
        const isBusy = placed < waiting.length || this.plain.size > 0;
        this.list.setAttribute('aria-busy', isBusy || missing.size > 0);
        if (isBusy) this.#schedule();
        this.#request(missing);
    }

    /** Asks for photos, a few in each frame: those in the window first. */
    #reveal() {
        const inWindow = element => element.row >= Math.floor(this.top / this.pitch) && element.row * this.pitch < this.top + this.height;
        const elements = [...this.plain].sort((a, b) => inWindow(b) - inWindow(a)).slice(0, mostPictures);
        for (const element of elements) {
            this.plain.delete(element);
            this.reveal(element);
        }
    }

    /** Takes a tile out of sight. One with a photo is used again; it stays in the document, where it needs no new layout. */
    #retire(element) {
        this.plain.delete(element);
        if (!this.update || !element.item || this.spare.length >= mostSpare) { element.remove(); return; }
        element.style.transform = 'translateX(-200vw)';
        element.tabIndex = -1;
        element.setAttribute('aria-hidden', 'true');
        delete element.dataset.index;
        [element.testid, element.dataset.testid] = [element.dataset.testid, ''];
        this.spare.push(element);
    }

    #place(index, item, old) {
        const hadFocus = old && document.activeElement === old;
        let element = old;
        if (item) {
            if (old && !old.item) { old.remove(); element = null; }
            element ??= this.update ? this.spare.pop() : null;
            if (element && this.update) this.update(element, item);
            else { element?.remove(); element = this.tile(item); element.setAttribute('role', 'option'); }
            this.plain.add(element);
        } else if (!element || element.item) {
            if (element) this.#retire(element);
            element = h('div', { class: 'tile is-loading', role: 'option', 'aria-label': this.loadingLabel ?? '…' });
        }
        element.item = item;
        element.row = Math.floor(index / this.columns);
        if (element.hasAttribute('aria-hidden')) {
            element.removeAttribute('aria-hidden');
            element.dataset.testid = element.testid;
        }
        element.dataset.index = index;
        element.tabIndex = index === this.active ? 0 : -1;
        element.setAttribute('aria-setsize', this.total);
        element.setAttribute('aria-posinset', index + 1);
        element.setAttribute('aria-selected', item ? this.selection.has(this.idOf(item)) : false);
        element.style.transform = `translate(${(index % this.columns) * (this.side + gap)}px, ${element.row * this.pitch}px)`;
        if (element.parentNode !== this.list) this.list.append(element);
        this.shown.set(index, element);
        if (hadFocus && old !== element) element.focus({ preventScroll: true });
        return element;
    }

    // Loading

    /** Pages that are flown over are not asked for. */
    #request(pages) {
        clearTimeout(this.timer);
        if (!pages.size) return;
        this.timer = setTimeout(() => { for (const page of pages) this.#load(page).catch(() => {}); }, this.pages.size ? 50 : 0);
    }

    #load(page) {
        if (this.loading.has(page)) return this.loading.get(page);
        const generation = this.generation;
        const work = Promise.resolve(this.fetch(page * pageSize, pageSize)).then(({ total, items }) => {
            if (generation !== this.generation) return;
            this.loading.delete(page);
            this.pages.delete(page);
            this.pages.set(page, { items, stale: false });
            while (this.pages.size > pageLimit) this.pages.delete(this.pages.keys().next().value);
            if (total !== this.total) {
                this.total = total;
                this.active = Math.min(this.active, Math.max(0, total - 1));
                for (const key of this.pages.keys()) if (key * pageSize >= total) this.pages.delete(key);
                this.#resize();
                this.top = this.element.scrollTop;
                for (const element of this.shown.values()) element.setAttribute('aria-setsize', total);
            }
            this.onload(total);
            this.#schedule();
        }, error => {
            if (generation !== this.generation) return;
            this.loading.delete(page);
            this.onerror(error);
        });
        this.loading.set(page, work);
        return work;
    }

    // Selection

    #selected() {
        for (const element of this.shown.values()) if (element.item) element.setAttribute('aria-selected', this.selection.has(this.idOf(element.item)));
        this.onselection(this.selection);
    }

    #activate(index, withFocus = true) {
        const old = this.shown.get(this.active);
        if (old) old.tabIndex = -1;
        this.active = Math.max(0, Math.min(index, this.total - 1));
        if (!withFocus) { const element = this.shown.get(this.active); if (element) element.tabIndex = 0; return; }
        const top = Math.floor(this.active / this.columns) * this.pitch;
        if (top < this.top) this.top = this.element.scrollTop = top;
        else if (top + this.pitch > this.top + this.height) this.top = this.element.scrollTop = top + this.pitch - this.height;
        this.#render();
        this.#ensure(this.active).focus({ preventScroll: true });
    }

    #ensure(index) { return this.shown.get(index) ?? this.#place(index, this.item(index)); }

    async #range(from, to, base = new Set()) {
        const [low, high] = from < to ? [from, to] : [to, from];
        const known = [];
        for (let index = low; index <= high; index += 1) {
            const item = this.item(index);
            if (!item) return this.select([...base, ...(await this.idsInOrder()).slice(low, high + 1)]);
            known.push(this.idOf(item));
        }
        this.select([...base, ...known]);
    }

    #toggle(index) {
        const item = this.item(index);
        if (!item) return;
        const id = this.idOf(item);
        if (!this.selection.delete(id)) this.selection.add(id);
        this.anchor = index;
        this.#selected();
    }

    #open(index) { const item = this.item(index); if (item) this.onactivate(item, index); }

    #click(event) {
        const index = this.indexOf(event.target);
        const item = this.item(index);
        if (!item) return;
        const isTouch = event.pointerType ? event.pointerType === 'touch' : matchMedia('(pointer: coarse)').matches;
        if (event.shiftKey) { this.#range(this.anchor, index); this.#activate(index); return; }
        this.#activate(index);
        if (event.ctrlKey || event.metaKey || event.target.closest('.tile-check') || isTouch && this.selection.size) this.#toggle(index);
        else if (isTouch) this.#open(index);
        else { this.anchor = index; this.select([this.idOf(item)]); }
    }

    #key(event) {
        if (event.altKey) return;
        const command = event.ctrlKey || event.metaKey;
        const page = Math.max(1, Math.floor(this.height / this.pitch)) * this.columns;
        const isRTL = getComputedStyle(this.list).direction === 'rtl';
        const steps = { ArrowLeft: isRTL ? 1 : -1, ArrowRight: isRTL ? -1 : 1, ArrowUp: -this.columns, ArrowDown: this.columns, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
        if (event.key in steps) {
            const step = steps[event.key];
            let next = Math.max(0, Math.min(this.active + step, this.total - 1));
            // Up and down stay in their column.
            if (event.key === 'ArrowUp' && this.active + step < 0) next = this.active;
            if (event.key === 'ArrowDown' && this.active + step >= this.total && Math.floor(this.active / this.columns) === Math.floor((this.total - 1) / this.columns)) next = this.active;
            event.preventDefault();
            if (event.shiftKey) { this.#activate(next); this.#range(this.anchor, next); } else { this.#activate(next); this.anchor = next; }
        } else if (event.key === ' ') {
            event.preventDefault();
            if (event.shiftKey) this.#range(this.anchor, this.active); else this.#toggle(this.active);
        } else if (event.key === 'Enter') {
            event.preventDefault();
            this.#open(this.active);
        } else if (command && event.key.toLowerCase() === 'a') {
            event.preventDefault();
            this.selectAll().catch(error => this.onerror(error));
        } else if (event.key === 'Escape' && this.selection.size) {
            event.preventDefault();
            this.clear();
        } else return;
        event.stopPropagation();
    }
}
